// Package version holds what this build calls itself. It is a leaf.
package version

import "golang.org/x/mod/semver"

// Version is set by the linker: -X keyfob/internal/version.Version=v1.2.3. A build without it is a developer's.
var Version = "dev"

// NewerThan tells whether this build is newer than another, as far as both say so (semver.org). A developer's build is
// neither newer nor older than anything.
func NewerThan(other string) bool {
	return semver.IsValid(Version) && semver.IsValid(other) && semver.Compare(Version, other) > 0
}
