package fault

// The reasons of BadUsage in package apicall.
const (
	APINoBase    Reason = "api-no-base"     // the profile names no API
	APINoTestURL Reason = "api-no-test-url" // there is no path, and the profile has no test call
	APIBody      Reason = "api-body"        // the body of the request broke off
	APIPart      Reason = "api-part"        // the API sent a range of bytes, in which the token cannot be looked for
)

// The reasons of TokenResponse in package apicall.
const (
	APITokenType Reason = "api-token-type" // the access token is of a type that Keyfob does not know
)
