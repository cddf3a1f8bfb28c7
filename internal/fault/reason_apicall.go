package fault

// The reasons of package apicall.
const (
	APITokenType Reason = "api-token-type" // of TokenResponse: the access token is of a type that Keyfob does not know
)
