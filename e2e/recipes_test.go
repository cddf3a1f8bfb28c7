//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/e2e/apis"
	"keyfob/e2e/stage"
	"keyfob/internal/profile"
)

// kitchen is where a recipe for the gateway is tried: the program, an account of its own at RES:Harmonics, and a folder
// with the keys.
type kitchen struct {
	*desk

	api     *apis.Server
	address string // of the gateway, in the place of the one that the page has
	dir     string
	keys    map[string]string
	seen    int // of the API's requests
}

// TestRecipesOfTheGateway runs the blocks of docs/recipes.md that are about one client of the gateway each (###). What
// counts is what the API saw. All others are those of TestRecipes in cmd/keyfob.
func TestRecipesOfTheGateway(t *testing.T) {
	t.Parallel() // it mostly waits
	page := string(must(os.ReadFile("../docs/recipes.md"))(t))
	sections := strings.Split(page, "\n### ")[1:]
	recipes := map[string]func(*kitchen, []string){
		"Excel and Power Query": (*kitchen).excel, "Postman": (*kitchen).postman, "Bruno": (*kitchen).bruno,
	}
	if len(sections) != len(recipes) {
		t.Fatalf("%d sections: is the page read as it is written?", len(sections))
	}
	k := openKitchen(t, "excel", "workbook", "postman", "bruno")
	for _, section := range sections {
		name, text, _ := strings.Cut(section, "\n")
		text, _, _ = strings.Cut(text, "\n## ")
		text = strings.ReplaceAll(text, "127.0.0.1:8700", k.address)
		var blocks []string
		for _, block := range regexp.MustCompile("(?ms)^```\\w+\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
			blocks = append(blocks, block[1])
		}
		t.Run(name, func(t *testing.T) {
			outer := k.TB
			defer func() { k.TB = outer }()
			k.TB = t
			recipe := recipes[name]
			if recipe == nil {
				t.Fatal("nobody knows how to try this")
			}
			recipe(k, blocks)
		})
	}
}

func openKitchen(t *testing.T, clients ...string) *kitchen {
	t.Helper()
	k := &kitchen{desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true}), dir: t.TempDir()}
	k.address = fmt.Sprintf("127.%d.%d.%d:8700", 1+rand.N(250), 1+rand.N(250), 1+rand.N(250)) // nobody else's
	k.api = apis.NewHarmonics(t, apis.Options{})
	p := profile.Profile{Version: 1, ID: "acme", TokenEndpoint: k.api.TokenURL, ClientID: apis.ClientID,
		TokenEndpointAuthMethod: profile.AuthPost, GrantTypes: []string{profile.ClientCredentials},
		API: &profile.API{BaseURLs: []string{k.api.URL + "/v3"}}}
	path := k.Path("home/acme.json")
	if err := os.WriteFile(path, must(p.Marshal())(t), 0o600); err != nil {
		t.Fatal(err)
	}
	k.keyfob(0, "import", "--yes", path)
	if r := must(k.KeyfobInput(k.ctx, []byte(apis.ClientSecret), "secret", "set", "acme"))(t); r.Code != 0 {
		t.Fatal(r.Err)
	}
	args := []string{"gateway", "acme", "--json", "--listen", k.address, "--key-file", filepath.Join(k.dir, "acme.keys")}
	for _, client := range clients {
		args = append(args, "--client", client)
	}
	gateway := must(k.StartKeyfob(k.ctx, args...))(t)
	var said struct{ Keys map[string]string }
	for json.Unmarshal([]byte(gateway.Output()), &said) != nil {
		if !pause(k.ctx, 10*time.Millisecond) {
			t.Fatal("the gateway did not start: ", gateway.Output())
		}
	}
	k.keys = said.Keys
	return k
}

// run runs a block of the shell in the folder of the keys.
func (k *kitchen) run(script, bin string) {
	k.Helper()
	cmd := exec.CommandContext(k.ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = k.dir, []string{"HOME=" + k.TempDir(), "PATH=" + bin + ":" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		k.Fatalf("%v\n%s", err, out)
	}
}

func (k *kitchen) write(name, text string) {
	k.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
		k.Fatal(err)
	}
}

// saw looks at the requests for the API since the last time: the token is there, and no key.
func (k *kitchen) saw(want ...string) {
	k.Helper()
	var is []string
	all := k.api.Requests()
	for _, r := range all[k.seen:] {
		if r.Path == "/oauth2/token" {
			continue
		}
		is = append(is, strings.TrimRight(fmt.Sprintf("%s %s?%s %d %s", r.Method, r.Path, r.Query, r.Status, r.Body), " "))
		for name, key := range k.keys {
			if header := fmt.Sprint(r.Header); strings.Contains(header, key) || strings.Contains(header, "Basic") {
				k.Errorf("the key of %s is shown to the API", name)
			}
		}
	}
	k.seen = len(all)
	if !slices.Equal(is, want) {
		k.Errorf("the API saw %q, not %q", is, want)
	}
}

func basic(key string) string { return base64.StdEncoding.EncodeToString([]byte("anybody:" + key)) }

func (k *kitchen) postman(blocks []string) {
	bin := must(filepath.Abs("clients/node_modules/.bin"))(k)
	if _, err := os.Stat(filepath.Join(bin, "newman")); err != nil {
		k.Fatal("newman is missing: run tools/setup.sh test")
	}
	k.write("acme.postman_collection.json", blocks[0])
	k.run(blocks[1], bin)
	k.saw("GET /v3/orders?limit=100 200", `POST /v3/orders? 200 {"what": "a clock"}`)
}

// bruno's runner is 275 MB in 25,000 files: more than a recipe is worth to everybody who runs the tests.
func (k *kitchen) bruno(blocks []string) {
	bru, err := exec.LookPath("bru")
	if err != nil {
		k.Skip("bru is not there; for this test alone: npm install --global @usebruno/cli@4.1.0")
	}
	k.write("orders.bru", blocks[0])
	k.run(blocks[1], filepath.Dir(bru))
	k.saw("GET /v3/orders?limit=100 200")
}

// excel plays the requests that Power Query makes of the page's two queries: without a key until somebody chose Basic,
// and from then on with it from the start; the POST without any sign-in.
func (k *kitchen) excel(blocks []string) {
	query := func(block, pattern string) []string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(block)
		if found == nil {
			k.Fatalf("no %s in %s", pattern, block)
		}
		return found[1:]
	}
	const contents = `Web\.Contents\("http://([^"/]+)", \[\s*RelativePath = "([^"]+)"`
	at, parameter := query(blocks[0], contents), query(blocks[0], `Query = \[(\w+) = "(\w+)"\]`)
	get := fmt.Sprintf("GET /%s?%s=%s", at[1], parameter[0], parameter[1])
	for _, header := range []string{"", "Authorization: Basic " + basic("wrong")} {
		res := k.send(at[0], get, "", header)
		if challenge := res.Header.Get("WWW-Authenticate"); res.StatusCode != http.StatusUnauthorized ||
			!strings.HasPrefix(challenge, `Basic realm="`) {
			k.Errorf("%q: %s %s", header, res.Status, challenge)
		}
	}
	k.saw()
	if res := k.send(at[0], get, "", "Authorization: Basic "+basic(k.keys["excel"])); res.StatusCode != http.StatusOK {
		k.Error(res.Status)
	}
	k.saw("GET /v3/orders?limit=100 200")

	at = query(blocks[1], contents)
	header := query(blocks[1], `Headers = \[#"([^"]+)" = GatewayKey, #"([^"]+)" = "([^"]+)"\]`)
	content := query(blocks[1], `Content = Json\.FromValue\(\[(\w+) = "(\w+)"\]\)`)
	body := fmt.Sprintf(`{%q:%q}`, content[0], content[1])
	res := k.send(at[0], "POST /"+at[1], body, header[0]+": "+k.keys["workbook"], header[1]+": "+header[2])
	if res.StatusCode != http.StatusOK {
		k.Error(res.Status)
	}
	k.saw("POST /v3/orders/search? 200 " + body)
}

// send writes a request as the web client of .NET does, which waits with a body until it is asked for it.
func (k *kitchen) send(host, line, body string, header ...string) *http.Response {
	k.Helper()
	conn := must((&net.Dialer{}).DialContext(k.ctx, "tcp", host))(k)
	defer conn.Close()
	deadline, _ := k.ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	lines := []string{line + " HTTP/1.1", "Host: " + host, "Accept-Encoding: gzip, deflate",
		"User-Agent: Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)"}
	for _, h := range header {
		if h != "" {
			lines = append(lines, h)
		}
	}
	if body != "" {
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "Expect: 100-continue")
	}
	fmt.Fprintf(conn, "%s\r\nConnection: Keep-Alive\r\n\r\n", strings.Join(lines, "\r\n"))
	in := bufio.NewReader(conn)
	if body != "" {
		res := must(http.ReadResponse(in, nil))(k)
		res.Body.Close()
		if res.StatusCode != http.StatusContinue {
			k.Fatal("not asked for the body: ", res.Status)
		}
		fmt.Fprint(conn, body)
	}
	res := must(http.ReadResponse(in, nil))(k)
	data := must(io.ReadAll(res.Body))(k)
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(data))
	return res
}
