package session

import (
	"cmp"
	"slices"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// registry is all accounts that there are. core.mu guards it.
type registry struct {
	core    *core
	entries map[string]*entry
	order   []*entry // those whose profiles are known, as people see them: by name
}

// add makes accounts known.
func (r *registry) add(added ...*entry) {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	for _, e := range added {
		r.entries[e.id] = e
	}
	r.order = append(r.order, added...)
	r.sortLocked()
	r.core.changed()
}

// sortLocked brings the accounts into the order in which people look for them.
func (r *registry) sortLocked() {
	slices.SortFunc(r.order, func(a, b *entry) int {
		names := strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
		return cmp.Or(names, strings.Compare(a.id, b.id))
	})
}

// find returns an account by its id, or ProfileUnknown.
func (r *registry) find(id string) (*entry, error) {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	if e := r.entries[id]; e != nil {
		return e, nil
	}
	return nil, r.unknownLocked(id)
}

// unknownLocked says which accounts there are, and which one was probably meant.
func (r *registry) unknownLocked(id string) error {
	const most = 10
	var ids []string
	for _, e := range r.order {
		ids = append(ids, e.id)
	}
	nearest := display.Nearest(id, ids)
	known := strings.Join(ids[:min(len(ids), most)], ", ")
	if len(ids) > most {
		known += ", …"
	}
	return fault.New(fault.ProfileUnknown, "id", display.Clean(id, 64), "known", known, "nearest", nearest)
}

// removeLocked makes an account unknown.
func (r *registry) removeLocked(e *entry) {
	e.gone = true
	delete(r.entries, e.id)
	r.order = slices.DeleteFunc(r.order, func(o *entry) bool { return o == e })
	r.core.changed()
}
