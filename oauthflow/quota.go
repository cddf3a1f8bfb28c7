package oauthflow

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxQuota bounds how long a quota that is used up keeps Keyfob from asking: a day, the longest that quotas of tokens
// are counted over. One that is counted by the month is asked for again every day.
const maxQuota = 24 * time.Hour

// quotaHeaders are where Auth0 counts tokens: `b=per_hour;q=10;r=7;t=3540,b=per_day;q=…`, the bucket, its size, what
// remains of it, and the seconds until it is full again.
var quotaHeaders = []string{"Auth0-Client-Quota-Limit", "Auth0-Organization-Quota-Limit"}

// usedUp tells whether a quota is used up, and how long until all that are have begun anew: 0 where that is not said.
func usedUp(h http.Header) (reset time.Duration, yes bool) {
	for _, name := range quotaHeaders {
		for _, header := range h.Values(name) {
			for bucket := range strings.SplitSeq(header, ",") {
				if left, anew := quota(bucket); left == 0 {
					reset, yes = max(reset, anew), true
				}
			}
		}
	}
	return reset, yes
}

// quota reads one bucket. left is below zero where it is not said.
func quota(bucket string) (left int64, reset time.Duration) {
	left = -1
	for part := range strings.SplitSeq(bucket, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		number, err := strconv.ParseUint(value, 10, 32)
		switch {
		case err != nil:
		case name == "r":
			left = int64(number)
		case name == "t":
			reset = min(time.Duration(number)*time.Second, maxQuota)
		}
	}
	return left, reset
}
