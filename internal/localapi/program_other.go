//go:build !linux && !darwin && !windows

package localapi

func exeOf(int) string { return "" }

func parentOf(int) int { return 0 }
