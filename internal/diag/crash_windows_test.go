package diag

const wantNoCore = false

func coreLimit() uint64 { return 0 }
