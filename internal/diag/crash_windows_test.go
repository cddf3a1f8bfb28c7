package diag

const wantNoCore = false

func coreLimit() string { return "" }
