package fault

// The reasons of BadUsage for what cannot be done with an account; see UsageNoSecret as well.
const (
	UsageNobodySignsIn Reason = "nobody-signs-in" // "id" is a program's own account, with a secret
	UsageKeychainWorks Reason = "keychain-works"  // so nobody need do without it
)

// The reasons of BadUsage for what came along when a client's secret was copied; see UsageSecretNotText as well. "id"
// is there where the secret came with the program's start.
const (
	UsageSecretEmpty      Reason = "secret-empty"       // nothing but a line end, or not even that
	UsageSecretTooLong    Reason = "secret-too-long"    // it has more than "limit" bytes
	UsageSecretCurlyQuote Reason = "secret-curly-quote" // as word processors write them
	UsageSecretLineEnd    Reason = "secret-line-end"    // one in the middle
	UsageSecretBlank      Reason = "secret-blank"       // before or after it
	UsageSecretInvisible  Reason = "secret-invisible"   // a character that cannot be seen
	UsageSecretAssigned   Reason = "secret-assigned"    // client_secret= before it
	UsageSecretQuoted     Reason = "secret-quoted"      // quotes around it
)
