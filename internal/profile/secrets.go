package profile

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

// matcher tells whether a text holds what expr describes. It is compiled when it is first needed: most runs of Keyfob
// read no profile.
func matcher(expr ...string) func(string) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(strings.Join(expr, "|")) })
	return func(s string) bool { return compiled().MatchString(s) }
}

const privateKey = `-----BEGIN [A-Z ]*PRIVATE KEY`

var holdsPrivateKey = matcher(privateKey)

// looksIssued tells a token or a secret at sight, by the shapes that its issuers give it, whatever stands around it.
var looksIssued = matcher(
	privateKey,
	`eyJ[\w-]{8,}\.[\w-]*\.[\w-]*`,           // a JWT, or a JWE with an empty key part
	`(?:^|[^\w./-])v1\.[\w-]{20,}`,           // a refresh token of Auth0
	`\b(?:gh[pousr]_|github_pat_)\w{20,}`,    // GitHub
	`\b(?:glpat|gloas|glrt)-[\w-]{20,}`,      // GitLab
	`\b(?:ya29\.|GOCSPX-|1//0)[\w-]{20,}`,    // Google
	`\b(?:xox[a-z]-|[rs]k_live_)[\w-]{16,}`,  // Slack, Stripe
	`(?:^|[^\w~.-])[\w~.-]{3}8Q~[\w~.-]{31}`, // a client secret of Entra ID
)

// secretNames are members that have no place in a file that is handed out, without "_" and "-" and in lower case.
var secretNames = []string{
	"clientsecret", "secret", "privatekey", "password", "passwd", "passphrase", "apikey", "clientassertion", "assertion",
	"token", "accesstoken", "refreshtoken", "idtoken", "bearertoken", "registrationaccesstoken", "authorization",
}

// privateJWK are the private members of a JSON Web Key (RFC 7518 §6). They are single letters, so they count only in
// an object that says it is a key.
var privateJWK = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// LooksLikeToken tells whether s holds something that is, by its looks, a token, a client secret or a private key.
// Client ids of the known providers, UUIDs and URLs do not look like that.
func LooksLikeToken(s string) bool { return looksIssued(s) || looksRandom(s) }

// looksRandom finds a long run without rhyme or reason: what a generator makes and nobody would choose as a name.
func looksRandom(s string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(s, boundary), func(run string) bool {
		const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
		mixed := strings.ContainsAny(run, lower) && strings.ContainsAny(run, upper) && strings.ContainsAny(run, digits)
		hex := strings.Trim(run, "0123456789abcdefABCDEF") == "" && strings.ContainsAny(run, digits) &&
			strings.ContainsAny(strings.ToLower(run), lower)
		// Forty random characters of base64 have about 4.9 bits each by this measure, words run together about 3.8.
		return len(run) >= 40 && mixed && entropy(run) > 4.2 || len(run) >= 64 && hex
	})
}

// boundary is everything that a random run does not hold.
func boundary(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("_-~+=", r)
}

// entropy is Shannon's, in bits a byte, of the bytes that are there.
func entropy(s string) float64 {
	var count [256]float64
	for i := range len(s) {
		count[s[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			bits -= n / float64(len(s)) * math.Log2(n/float64(len(s)))
		}
	}
	return bits
}

// secrets looks through a whole file that has been read, known fields and unknown ones.
func (f *findings) secrets(data []byte) {
	var tree any
	if err := strictjson.Decode(data, MaxBytes, &tree); err != nil {
		f.add(wholeFile, fault.JSONUnreadable)
	}
	f.secretsIn("", tree)
}

func (f *findings) secretsIn(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			field := strings.TrimPrefix(path+"."+display.Clean(name, 60), ".")
			if wrong := secretName(name, v); wrong.found() {
				f.addSecret(field, wrong.reason)
				continue
			}
			f.secretsIn(field, v[name])
		}
	case []any:
		for i, item := range v {
			f.secretsIn(path+"["+strconv.Itoa(i)+"]", item)
		}
	case string:
		if looksSecret(path, v) {
			f.addSecret(path, fault.ProfileSecretValue)
		} else if isToFillIn(v) {
			f.add(path, fault.ProfileBlankOpen)
		}
	}
}

var separators = strings.NewReplacer("_", "", "-", "")

// secretName judges a member of an object by its name.
func secretName(name string, object map[string]any) flaw {
	_, key := object["kty"]
	plain := separators.Replace(strings.ToLower(name))
	switch {
	case slices.Contains(secretNames, plain):
		return flaw{reason: fault.ProfileSecretName}
	case key && slices.Contains(privateJWK, name):
		return flaw{reason: fault.ProfileSecretKey}
	case LooksLikeToken(name):
		return flaw{reason: fault.ProfileSecretInName}
	}
	return flaw{}
}

// looksSecret judges a value. Client ids are random by nature, and pictures are often named by a hash: there, only
// what is surely a token counts.
func looksSecret(path, value string) bool {
	switch path {
	case "client_id", "logo_uri", "client_uri":
		return looksIssued(value)
	}
	return LooksLikeToken(value)
}

// isAuth0Secret knows the shape of Auth0's client secrets; its client ids have 32 characters.
var isAuth0Secret = matcher(`^[\w-]{64}$`)

// misplaced finds the secret where the client id belongs: the two stand side by side in Auth0's dashboard.
func (f *findings) misplaced(p Profile) {
	if p.IsAuth0() && isAuth0Secret(p.ClientID) {
		f.all = nil
		f.addSecret("client_id", fault.ProfileSecretAuth0)
	}
}

func (f *findings) addSecret(field string, reason fault.Reason) {
	f.secret = true
	f.add(field, reason)
}
