package session

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// maxSecret is the longest client's secret, in bytes.
const maxSecret = 4 << 10

// SetSecret gives a machine its client's secret. It is tried before it replaces the old one, by one token request, and
// the token is kept; with untried it is believed. Where it is refused, or cannot be tried, the old one stays.
//
// The errors: BadUsage with the reason where the text has something around the secret, or the account is for people;
// SecretRefused or ClientRefused; CapReached; the keychain's fault where nothing could be kept; else what keeps the
// provider from answering.
func (k *Keeper) SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error {
	if what := pasted(s.Reveal()); what != "" {
		return fault.New(fault.BadUsage, "reason", what)
	}
	e, err := k.machineFor(ctx, id)
	if err != nil {
		return err
	}
	return k.doOnly(ctx, func(late context.Context) error { return k.setSecret(late, e, s, untried) })
}

// ForgetSecret forgets a machine's secret, and the token with it. What was counted stays.
func (k *Keeper) ForgetSecret(ctx context.Context, id string) error {
	e, err := k.machineFor(ctx, id)
	if err != nil {
		return err
	}
	return k.doOnly(ctx, func(late context.Context) error {
		return k.changeSecret(late, e, func(context.Context, profile.Profile) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			m := e.machine
			m.token, m.notices, m.secret, m.unkept = token{}, nil, secret.Text{}, true
			k.mayWork(e, k.now())
			return nil
		})
	})
}

// machineFor finds the account of a machine whose secret can be kept.
func (k *Keeper) machineFor(ctx context.Context, id string) (*entry, error) {
	e, err := k.settled(ctx, id)
	if err != nil {
		return nil, err
	}
	m := k.machineOf(e)
	switch {
	case m == nil:
		return nil, fault.New(fault.BadUsage, "reason", "people sign in to "+id+" in a browser; it has no secret")
	case m.given:
		return e, nil
	}
	return e, k.canKeep(ctx)
}

func (k *Keeper) setSecret(ctx context.Context, e *entry, s secret.Text, untried bool) error {
	return k.changeSecret(ctx, e, func(ctx context.Context, p profile.Profile) error {
		if untried {
			k.believe(e, s)
			return nil
		}
		return k.try(ctx, e, p, s)
	})
}

// changeSecret has change made while nothing else is under way, and the store follow. Nothing is changed while nobody
// knows what the keychain holds.
func (k *Keeper) changeSecret(
	ctx context.Context, e *entry, change func(context.Context, profile.Profile) error,
) error {
	if err := e.gate.enter(ctx); err != nil {
		return err
	}
	defer e.gate.leave()
	k.readHeld(k.options.Interactive(ctx), e, 1, k.alone(e))
	switch {
	case k.isUnread(e):
		return k.keychainProblem()
	case k.machineOf(e) == nil: // its profile was replaced meanwhile
		return fault.New(fault.Unconfirmed)
	}
	err := change(ctx, k.profileOf(e))
	k.keepMachine(k.options.Interactive(k.late), e)
	return err
}

// try asks for a token with a new secret. The account's gate is held.
func (k *Keeper) try(ctx context.Context, e *entry, p profile.Profile, s secret.Text) error {
	ctx, cancel := context.WithTimeout(ctx, refreshDeadline)
	defer cancel()
	if err := k.mayTry(e); err != nil {
		return err
	}
	t, err := k.options.Flow.ClientToken(ctx, p, s)
	if err == nil {
		k.answered(e, p, s, t, nil)
		return nil
	}
	return k.tried(e, p, s, fault.Of(err))
}

// mayTry tells why a secret cannot be tried now: the cap, or the provider's own limit.
func (k *Keeper) mayTry(e *entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if limit := e.capped(now); limit != nil {
		return limit
	}
	if e.quiet.pending(now) && e.problem != nil && !e.problem.Until.IsZero() {
		return e.problem
	}
	return nil
}

// tried notes what a failed trial means for the secret that stays: only the provider's limits concern both.
func (k *Keeper) tried(e *entry, p profile.Profile, s secret.Text, why *fault.Error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.changed()
	now := k.now()
	if issued(why) {
		e.machine.meter.asked(now)
	}
	why = ofMachine(e.id, why)
	switch {
	case !why.Until.IsZero():
		k.notFetched(e, p, s, why, now)
	case why.Code == fault.SecretRefused && e.hasSecret():
		kept := *why
		kept.Args = map[string]string{"kept": "old", "error": why.Args["error"], "said": why.Args["said"]}
		why = &kept
	}
	k.log.Warn("secret not taken", "id", e.id, "code", why.Code)
	return why
}

// believe takes a secret as it is.
func (k *Keeper) believe(e *entry, s secret.Text) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.machine.secret, e.machine.unkept = s, true
	k.mayWork(e, k.now())
}

// pasted names what came along when a secret was copied; "" where nothing did. The text itself is never repeated.
func pasted(s string) string {
	const quotes = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
	name, _, assigned := strings.Cut(s, "=")
	switch {
	case s == "":
		return "the secret is empty"
	case len(s) > maxSecret:
		return "it is too long for a secret: more than 4,096 bytes"
	case !utf8.ValidString(s):
		return "the secret is not text in UTF-8"
	case strings.ContainsAny(s, quotes):
		return "there is a curly quote in the secret, as word processors write them; copy the secret alone"
	case strings.ContainsAny(s, "\r\n"):
		return "there is a line end in the secret; copy the secret alone"
	case strings.TrimSpace(s) != s:
		return "there is a blank before or after the secret; copy the secret alone"
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "there is a character in the secret that cannot be seen; copy the secret alone"
	case assigned && strings.EqualFold(strings.Trim(name, ` "'`), "client_secret"):
		return "there is client_secret= before the secret; copy what follows it"
	case len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"':
		return "there are quotes around the secret; copy what is between them"
	}
	return ""
}
