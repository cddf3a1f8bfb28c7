package fault

// The reasons of DiscoveryInvalid.
const (
	DiscoveryNoDocument      Reason = "no-document"       // an HTTP status instead: "status"
	DiscoveryUnreadable      Reason = "unreadable"        // it is not the JSON that it should be: "finding"
	DiscoveryNoIssuer        Reason = "no-issuer"         // issuer is missing
	DiscoveryNoEndpoint      Reason = "no-endpoint"       // an endpoint that the grant needs is missing
	DiscoveryEndpointTooLong Reason = "endpoint-too-long" // the endpoint in "field" is too long
	DiscoveryURLTooLong      Reason = "url-too-long"      // the address for the browser would be too long
)

// The reasons of KeysInvalid.
const (
	KeysNoDocument Reason = "no-document" // an HTTP status instead: "status"
	KeysUnreadable Reason = "unreadable"  // it is not the JSON that it should be: "finding"
	KeysNoneUsable Reason = "none-usable" // no key in it can check a signature
)

// The reasons of CallbackInvalid.
const (
	CallbackRepeated      Reason = "repeated"      // a parameter is there twice: "name"
	CallbackOtherIssuer   Reason = "other-issuer"  // iss names another issuer
	CallbackNoIssuer      Reason = "no-issuer"     // iss is missing though the provider promises it
	CallbackContradiction Reason = "contradiction" // a code and an error at once
	CallbackNoCode        Reason = "no-code"       // neither code nor error
)

// The reasons of TokenResponse.
const (
	ResponseUnreadable    Reason = "unreadable"      // it is not the JSON that it should be: "finding"
	ResponseHasError      Reason = "has-error"       // an "error" beside the token
	ResponseNoAccessToken Reason = "no-access-token" // access_token is missing
	ResponseNotBearer     Reason = "not-bearer"      // token_type is another
	ResponseBadToken      Reason = "bad-token"       // a token has characters or a length that no token has
	ResponseBadScope      Reason = "bad-scope"       // the scope has characters or a length that no scope has
)

// The reasons of IDTokenInvalid.
const (
	IDTokenNotSigned          Reason = "not-signed"         // it is not a JWS
	IDTokenHeaderUnreadable   Reason = "header-unreadable"  // the JWS header is not the JSON that it should be
	IDTokenAlgorithm          Reason = "algorithm"          // alg is none, or needs a secret
	IDTokenCritical           Reason = "critical"           // crit or b64 is there
	IDTokenSignature          Reason = "signature"          // no key of the provider has signed it for this client
	IDTokenClaimsUnreadable   Reason = "claims-unreadable"  // they are not the JSON that they should be: "finding"
	IDTokenNonce              Reason = "nonce"              // nonce is not the one that was sent
	IDTokenAccessToken        Reason = "access-token"       // at_hash is that of another access token
	IDTokenIssuer             Reason = "issuer"             // iss is not the issuer that was asked
	IDTokenNoSubject          Reason = "no-subject"         // sub is missing
	IDTokenBadSubject         Reason = "bad-subject"        // sub cannot be shown
	IDTokenTooManyAudiences   Reason = "too-many-audiences" // aud names too many
	IDTokenAudienceChanged    Reason = "audience-changed"   // aud differs from that of the sign-in
	IDTokenAuthorizedParty    Reason = "authorized-party"   // azp is missing beside several in aud, or is another client
	IDTokenNoExpiry           Reason = "no-expiry"          // exp is missing
	IDTokenNoIssuedAt         Reason = "no-issued-at"       // iat is missing
	IDTokenNoAuthTime         Reason = "no-auth-time"       // auth_time is missing, and max_age was sent
	IDTokenAuthTimeTooLongAgo Reason = "auth-time"          // auth_time is older than max_age
)

// The reasons of ClockWrong, each with the time in the ID token ("theirs") and that of this computer ("ours"),
// both in RFC 3339.
const (
	ClockExpired     Reason = "expired"       // exp is past
	ClockIssuedLater Reason = "issued-later"  // iat is in the future
	ClockNotYetValid Reason = "not-yet-valid" // nbf is in the future
)

// ProfileMaxAge is a reason of BadProfile: max_age is no number.
const ProfileMaxAge Reason = "max-age"

// Reasons of SignInRequired that are not the provider's: see Whys for those.
const (
	RefreshNoToken       Reason = "no-refresh-token" // there is no refresh token
	RefreshOtherProvider Reason = "other-provider"   // the profile names another provider than the sign-in had
)
