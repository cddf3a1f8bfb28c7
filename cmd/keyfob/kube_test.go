package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKubectl has the real kubectl sign in to a cluster, in both versions of the plugin's protocol. Debian's kubectl is
// older than the second.
func TestKubectl(t *testing.T) {
	needs(t, "kubectl")
	for _, version := range []string{"v1beta1", "v1"} {
		t.Run(version, func(t *testing.T) {
			home(t)
			cluster := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, `{"major": "1", "minor": "99", "gitVersion": "v1.99.0"}`)
			}))
			kubeconfig(t, cluster, "acme", version)
			out, said, err := try(t, "", "kubectl", "get", "--raw", "/version")
			if version == "v1" && strings.Contains(said, "client.authentication.k8s.io/v1") {
				t.Skip("this kubectl does not know v1: ", said)
			}
			if err != nil || !strings.Contains(out, "v1.99.0") || cluster.authorized() == 0 {
				t.Errorf("kubectl: %v\n%s%s", err, out, said)
			}

			kubeconfig(t, cluster, "out", version)
			_, said, err = try(t, "", "kubectl", "get", "--raw", "/version")
			if err == nil || !strings.Contains(said, "keyfob login") {
				t.Errorf("nobody is signed in: %v\n%s", err, said)
			}
		})
	}
}

// kubeconfig writes kubectl's configuration for a cluster and an account.
func kubeconfig(t *testing.T, cluster *site, account, version string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	config := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": %q, "certificate-authority": %q}}],
		"contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
		"users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/%s",
			"command": "keyfob", "args": ["kube", %q], "interactiveMode": "Never"}}}]}`,
		cluster.URL, cluster.ca, version, account)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", file)
}

func TestKubectlAsksAgainBeforeTheEnd(t *testing.T) {
	end := time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	if got := renewAt(end); !got.Equal(end.Add(-10*time.Second)) || got.Location() != time.UTC {
		t.Errorf("asked again at %v", got)
	}
	if got := renewAt(time.Time{}); !got.IsZero() {
		t.Errorf("a token without an end ends at %v", got)
	}
}
