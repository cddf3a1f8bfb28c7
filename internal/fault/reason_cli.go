package fault

// The reasons of BadUsage on the command line. Names in quotation marks are arguments.
const (
	UsageUnknownCommand Reason = "unknown-command" // there is no command "name"; the nearest that there is, is "near"
	UsageNeedsAccount   Reason = "needs-account"   // "command" needs the id of an account
	UsageOneAccount     Reason = "one-account"     // only one account is allowed
	UsageTooMany        Reason = "too-many"        // there are more arguments than "command" takes
	UsageNeedsFile      Reason = "needs-file"      // import needs a file
	UsageOneName        Reason = "one-name"        // --as goes with one file
	UsageFileMissing    Reason = "file-missing"    // there is no such file
	UsageFileUnreadable Reason = "file-unreadable" // a file cannot be read: "path", where several could be meant
	UsageFileExists     Reason = "file-exists"     // something is at "path" already
	UsageBundleOrJSON   Reason = "bundle-or-json"  // --bundle and --json do not go together
	UsageTemplate       Reason = "template"        // --template is none of "known"
	UsageOnOrOff        Reason = "on-or-off"       // neither on nor off
	UsageMinTTL         Reason = "min-ttl"         // --min-ttl is no time

	UsageNoSecret         Reason = "no-secret"         // people sign in to "id"
	UsageSecretUnreadable Reason = "secret-unreadable" // the input with the secret broke off
	UsageTypingShown      Reason = "typing-shown"      // the terminal cannot be kept from showing the secret

	UsageSecretFlag       Reason = "secret-flag"        // "flag" is not ID=…, or there twice for an account
	UsageSecretMissing    Reason = "secret-missing"     // the file that "flag" names for "id" is not there
	UsageSecretHidden     Reason = "secret-hidden"      // that of "flag" and "id" cannot be looked at
	UsageSecretIrregular  Reason = "secret-irregular"   // that of "flag" and "id" is no regular file
	UsageSecretForeign    Reason = "secret-foreign"     // that of "flag" and "id" belongs to somebody else
	UsageSecretOpen       Reason = "secret-open"        // others can read or write that of "flag" and "id"
	UsageSecretDescriptor Reason = "secret-descriptor"  // "flag" has no number of a descriptor for "id"
	UsageSecretCut        Reason = "secret-cut"         // that of "flag" and "id" cannot be read to its end
	UsageSecretKeychain   Reason = "secret-in-keychain" // no "flag" for "id": this system keeps secrets in its keychain

	UsageOnePath        Reason = "one-path"        // call takes one path or address
	UsageNoSuchRequest  Reason = "no-such-request" // "method" and "address" make no request
	UsageHeaderForm     Reason = "header-form"     // -H is no header
	UsageHeaderOurs     Reason = "header-ours"     // Keyfob sets "header"
	UsageHeaderDerived  Reason = "header-derived"  // "header" follows from the request
	UsageClientName     Reason = "client-name"     // "client" is no name for a client of a gateway
	UsageKeysFile       Reason = "keys-file"       // "path" is no file with a gateway's keys
	UsageKeysOpen       Reason = "keys-open"       // others may read the file with the keys, "path"
	UsageProfileChanged Reason = "profile-changed" // the profile of an open gateway is another one now
	UsageNeedsCommand   Reason = "needs-command"   // run needs a command
	UsageNeedsBefore    Reason = "needs-before"    // run needs an account
	UsageSameVariable   Reason = "same-variable"   // the tokens of "first" and "second" would both be in "variable"
	UsageNotFound       Reason = "not-found"       // there is no "command" to run
	UsageNotExecutable  Reason = "not-executable"  // "command" cannot be run
	UsageKubeAlone      Reason = "kube-alone"      // kubectl did not run us
	UsageKubeUnreadable Reason = "kube-unreadable" // what kubectl says cannot be read: "finding"
	UsageKubeVersion    Reason = "kube-version"    // kubectl asks for something unknown
	UsageGitArguments   Reason = "git-arguments"   // git needs an account and an operation
	UsageGitBrokeOff    Reason = "git-broke-off"   // what git asks broke off
	UsageGitTooLong     Reason = "git-too-long"    // what git asks is too long
	UsageGitControl     Reason = "git-control"     // what git asks has a control character
	UsageGitUnassigned  Reason = "git-unassigned"  // what git asks has a line without =
	UsageGitTwice       Reason = "git-twice"       // what git asks says something twice
	UsageGitIncomplete  Reason = "git-incomplete"  // what git asks lacks protocol or host
	UsageGitHost        Reason = "git-host"        // what git asks has a host that is none
)

// The reasons of Unconfirmed: what was not confirmed.
const (
	UnconfirmedImport Reason = "import" // the profile "id"
	UnconfirmedBundle Reason = "bundle" // writing the bundle for support
	UnconfirmedReset  Reason = "reset"  // forgetting everything
)

// The reasons of APICut on the command line.
const (
	CutBrokeOff Reason = "broke-off" // the connection ended
	CutTooLong  Reason = "too-long"  // it is too long for --json
)

// DiskOutput is the reason of DiskTrouble where the standard output cannot be written to.
const DiskOutput Reason = "output"

// AgentStays is the reason of AgentFailed where the agent does not stop.
const AgentStays Reason = "does-not-stop"
