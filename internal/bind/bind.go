package bind

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"

	"keyfob/internal/fault"
)

// Listen listens at an address and takes its port exclusively: exclusive is the platform's way of saying that nobody
// else may bind it as well.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{Control: exclusive}
	return config.Listen(ctx, "tcp", address)
}

// Why tells why there were those errors of Listen: a reason of PortsBusy and of DemoPortBusy, which is empty where
// another program is at every one of the addresses. said is what the system says of them, for the reasons that quote
// it.
func Why(failures ...error) (reason fault.Reason, said string) {
	var texts []string
	for i, err := range failures {
		one := why(err)
		if i > 0 && one != reason {
			one = fault.BindSeveral
		}
		reason = one
		texts = append(texts, err.Error())
	}
	return reason, strings.Join(texts, "; ")
}

// IsMissing tells whether an error of Listen means that this computer does not have the address, so that nobody on it
// can listen there: ::1 where IPv6 is switched off.
func IsMissing(err error) bool { return why(err) == fault.BindMissing }

func why(err error) fault.Reason {
	var errno syscall.Errno
	switch errors.As(err, &errno); {
	case slices.Contains(taken, errno):
		return ""
	case slices.Contains(denied, errno):
		return fault.BindDenied
	case slices.Contains(missing, errno):
		return fault.BindMissing
	case slices.Contains(exhausted, errno):
		return fault.BindExhausted
	}
	return fault.BindFailed
}
