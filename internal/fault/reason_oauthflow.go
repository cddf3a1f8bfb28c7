package fault

// The reasons of DiscoveryInvalid.
const (
	DiscoveryNoDocument      Reason = "no-document"       // an HTTP status instead: "status"
	DiscoveryUnreadable      Reason = "unreadable"        // it is not the JSON that it should be: "finding"
	DiscoveryNoIssuer        Reason = "no-issuer"         // the document leaves it out
	DiscoveryNoEndpoint      Reason = "no-endpoint"       // one that the grant needs is missing
	DiscoveryEndpointTooLong Reason = "endpoint-too-long" // that of "field"
	DiscoveryURLTooLong      Reason = "url-too-long"      // the address for the browser
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
	ResponseBadScope      Reason = "bad-scope"       // so has the scope
)

// The reasons of IDTokenInvalid, with the claim or header field that each is about.
const (
	IDTokenNotSigned          Reason = "not-signed"         // it is not a JWS
	IDTokenHeaderUnreadable   Reason = "header-unreadable"  // the JWS header
	IDTokenAlgorithm          Reason = "algorithm"          // alg
	IDTokenCritical           Reason = "critical"           // crit, b64
	IDTokenSignature          Reason = "signature"          // no key of the provider has signed it for this client
	IDTokenClaimsUnreadable   Reason = "claims-unreadable"  // perhaps with what is wrong: "finding"
	IDTokenNonce              Reason = "nonce"              // nonce
	IDTokenAccessToken        Reason = "access-token"       // at_hash
	IDTokenIssuer             Reason = "issuer"             // iss
	IDTokenNoSubject          Reason = "no-subject"         // sub is missing
	IDTokenBadSubject         Reason = "bad-subject"        // sub cannot be shown
	IDTokenTooManyAudiences   Reason = "too-many-audiences" // aud
	IDTokenAudienceChanged    Reason = "audience-changed"   // aud differs from that of the sign-in
	IDTokenAuthorizedParty    Reason = "authorized-party"   // azp
	IDTokenNoExpiry           Reason = "no-expiry"          // exp is missing
	IDTokenNoIssuedAt         Reason = "no-issued-at"       // iat is missing
	IDTokenNoAuthTime         Reason = "no-auth-time"       // auth_time is missing, and max_age was sent
	IDTokenAuthTimeTooLongAgo Reason = "auth-time"          // auth_time is older than max_age
)

// The reasons of ClockWrong, each with the time in the ID token ("theirs") and that of this computer ("ours").
const (
	ClockExpired     Reason = "expired"       // exp is past
	ClockIssuedLater Reason = "issued-later"  // iat is in the future
	ClockNotYetValid Reason = "not-yet-valid" // nbf is in the future
)

// ProfileMaxAge is a reason of BadProfile: max_age is no number.
const ProfileMaxAge Reason = "max-age"

// Reasons of SignInRequired that are not the provider's: see Whys for those.
const (
	RefreshNoToken       Reason = "no-refresh-token" // there is none
	RefreshOtherProvider Reason = "other-provider"   // the profile names another provider than the sign-in had
)
