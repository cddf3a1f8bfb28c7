package localapi

// stranger is for systems where a test can become another user.
func stranger(string) {}
