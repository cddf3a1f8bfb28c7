//go:build !linux && !darwin && !windows

package agent

func exeOf(int) string { return "" }

func parentOf(int) int { return 0 }
