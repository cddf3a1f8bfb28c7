package localapi

import "testing"

// FuzzPlain: what is read without the strict decoder is what the strict decoder reads.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{
		`{"min_ttl":60}`, `{"min_ttl": 86400}`, `{"min_ttl":0}`, `{"min_ttl":060}`, `{"min_ttl":-1}`, `{"min_ttl":+1}`,
		`{"min_ttl":6_0}`, `{"min_ttl":1e2}`, `{"min_ttl":1.0}`, `{"min_ttl":}`, `{"min_ttl":60}}`, `{"min_ttl":  60}`,
		`{"min_ttl":60,"refused":""}`, `{"min_ttl":60,"min_ttl":1}`, `{"Min_ttl":60}`, ` {"min_ttl":60}`, `{"min_ttl":٣}`,
		"{\"min_ttl\":60}\x00", "\xef\xbb\xbf{\"min_ttl\":60}", `{"min_ttl":99999999999999999999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var quick, strict tokenRequest
		if !quick.plain(body) {
			if quick != strict {
				t.Errorf("%q was refused and left %+v", body, quick)
			}
			return
		}
		if err := decode(body, bodyBytes, &strict); err != nil || quick != strict {
			t.Errorf("%q is %+v, and %+v (%v) to the strict decoder", body, quick, strict, err)
		}
	})
}

// TestPlainIsWhatCallersSend: without it every caller would pay for the strict decoder, and nobody would notice.
func TestPlainIsWhatCallersSend(t *testing.T) {
	for body, want := range map[string]int64{
		`{"min_ttl":60}`: 60, `{"min_ttl": 60}`: 60, `{"min_ttl":86400}`: 86400, `{"min_ttl":1}`: 1,
	} {
		var asked tokenRequest
		if !asked.plain([]byte(body)) || asked.MinTTL != want {
			t.Errorf("%s: %+v", body, asked)
		}
	}
}
