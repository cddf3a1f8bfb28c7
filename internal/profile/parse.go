package profile

import (
	"bytes"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

// Parse reads a profile file and judges all of it. Its error is a fault with findings: ProfileSecret where the file
// holds something secret (then nothing else is said about it), else BadProfile.
func Parse(data []byte) (Profile, error) {
	var members map[string]jsontext.Value
	if err := strictjson.Decode(data, MaxBytes, &members); err != nil {
		return Profile{}, unreadable(data, err)
	}
	var found findings
	if found.secrets(data); found.secret {
		return Profile{}, found.err()
	}
	p := found.decode(members)
	if found.misplaced(p); found.secret {
		return Profile{}, found.err()
	}
	found.check(p)
	if err := found.err(); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// Validate judges a profile that was built, not read, by the same rules.
func (p Profile) Validate() error {
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.BadProfile).WithFindings(fault.Find(wholeFile, fault.ProfileUTF8))
	}
	_, err = Parse(data)
	return err
}

// unreadable says why a file is not even JSON. A private key is named for what it is.
func unreadable(data []byte, err error) error {
	var found findings
	if holdsPrivateKey(string(data[:min(len(data), MaxBytes)])) {
		found.secret = true
		found.add(wholeFile, fault.ProfilePrivateKey)
		return found.err()
	}
	found.note(strictjson.Finding(err))
	if first := &found.all[0]; first.Reason == fault.JSONSyntax && bytes.ContainsAny(data, display.CurlyQuotes) {
		first.Reason = fault.JSONCurlyQuotes
	}
	return found.err()
}

// decode fills a Profile one member at a time, so that one wrong member does not hide the next.
func (f *findings) decode(members map[string]jsontext.Value) Profile {
	var p Profile
	for _, name := range versionFirst(members) {
		if f.full() {
			break
		}
		alone, err := jsontext.AppendQuote([]byte("{"), name)
		if err == nil {
			alone = slices.Concat(alone, []byte(":"), members[name], []byte("}"))
			err = strictjson.DecodeKnown(alone, len(alone), &p)
		}
		if err != nil {
			f.note(strictjson.Finding(err))
		}
	}
	return p
}

// versionFirst are the names of the members in the order in which they are read: where the version is not ours, nothing
// else counts.
func versionFirst(members map[string]jsontext.Value) []string {
	const version = "keyfob_profile"
	names := slices.Sorted(maps.Keys(members))
	if i, there := slices.BinarySearch(names, version); there {
		return slices.Insert(slices.Delete(names, i, i+1), 0, version)
	}
	return names
}
