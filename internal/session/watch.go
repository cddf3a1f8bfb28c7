package session

import "keyfob/internal/account"

// Accounts is what the faces draw of every account, in the order of their names, and of the keychain.
func (k *Keeper) Accounts() ([]account.Account, account.Keychain) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	accounts := make([]account.Account, 0, len(k.order))
	for _, e := range k.order {
		accounts = append(accounts, e.account(k.keychain.State, now))
	}
	return accounts, k.keychain
}
