//go:build unix && !darwin

package storage

import (
	"strconv"

	"github.com/godbus/dbus/v5"
)

// opensUnasked tells whether the locked collection is a wallet of KWallet that is open. KWallet's Secret Service calls
// it locked until somebody asks to unlock it, and then asks nobody.
func (v *vault) opensUnasked() bool {
	var wallet string
	if v.property(v.collection, "org.freedesktop.Secret.Collection.Label", &wallet) != nil {
		return false
	}
	for version := 5; version <= 6; version++ {
		daemon := "kwalletd" + strconv.Itoa(version)
		if !v.sameOwner("org.kde."+daemon, secretsName) {
			continue
		}
		var open bool
		object := v.conn.Object("org.kde."+daemon, dbus.ObjectPath("/modules/"+daemon))
		err := object.CallWithContext(v.ctx, "org.kde.KWallet.isOpen", dbus.FlagNoAutoStart, wallet).Store(&open)
		return err == nil && open
	}
	return false
}

// sameOwner tells whether one program has both names on the bus.
func (v *vault) sameOwner(one, other string) bool {
	var owners [2]string
	for i, name := range []string{one, other} {
		if err := v.askBus("GetNameOwner", name).Store(&owners[i]); err != nil {
			return false
		}
	}
	return owners[0] == owners[1]
}
