package fault

// Why something cannot be done with an account: reasons of BadUsage.
const (
	NobodySignsIn Reason = "nobody-signs-in" // the account is a program's own, with a secret: "id"
	HasNoSecret   Reason = "has-no-secret"   // people sign in to the account: "id"
	KeychainWorks Reason = "keychain-works"  // so nobody need do without it
)

// What came along when a client's secret was copied: reasons of BadUsage. "id" is there where the secret came with the
// program's start.
const (
	SecretEmpty      Reason = "secret-empty"
	SecretTooLong    Reason = "secret-too-long"    // "limit": bytes
	SecretNoText     Reason = "secret-no-text"     // it is not UTF-8
	SecretCurlyQuote Reason = "secret-curly-quote" // as word processors write them
	SecretLineEnd    Reason = "secret-line-end"
	SecretBlank      Reason = "secret-blank"     // before or after it
	SecretInvisible  Reason = "secret-invisible" // a character that cannot be seen
	SecretAssigned   Reason = "secret-assigned"  // client_secret= before it
	SecretQuoted     Reason = "secret-quoted"    // quotes around it
)
