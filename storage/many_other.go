//go:build !unix || darwin

package storage

// loadMany loads what is kept under the keys, one after the other, in their order; nil where nothing is. What goes
// wrong with one is an error of all: who asked asks one by one then.
func (v *vault) loadMany(keys []string) ([][]byte, error) {
	found := make([][]byte, len(keys))
	for i, key := range keys {
		one := v.perform(request{Op: opLoad, Key: key})
		if one.Fault != nil {
			return nil, one.Fault
		}
		found[i] = one.Data
	}
	return found, nil
}
