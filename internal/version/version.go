// Package version holds what this build calls itself. It is a leaf.
package version

// Version is set by the linker: -X keyfob/internal/version.Version=v1.2.3. A build without it is a developer's.
var Version = "dev"
