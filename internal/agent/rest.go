package agent

import (
	"context"
	"time"

	"keyfob/internal/trim"
)

// settleTime without a change is a moment of rest: providers have been prepared, a renewal or a sign-in is over.
const settleTime = 5 * time.Second

// rest gives the memory back that starting took, and whatever work took since, whenever it is quiet again.
func (r *Agent) rest(ctx context.Context) error {
	quiet := time.NewTimer(settleTime)
	defer quiet.Stop()
	changes := r.Hub.Watch(ctx)
	for {
		select {
		case _, ok := <-changes:
			if !ok {
				return nil
			}
			quiet.Reset(settleTime)
		case <-r.stirred:
			quiet.Reset(settleTime)
		case <-quiet.C:
			trim.Memory()
		}
	}
}

// stir tells rest of work that no snapshot shows.
func (r *Agent) stir() {
	select {
	case r.stirred <- struct{}{}:
	default:
	}
}
