package fault

// The reasons of package gateway, all of them of BadUsage.
const (
	GatewayFragment Reason = "gateway-fragment" // the request's target has a fragment
	GatewayHost     Reason = "gateway-host"     // the Host is not the gateway's "address"
	GatewayKey      Reason = "gateway-key"      // the request has no key, which belongs into the header "header"
	GatewayLoopback Reason = "gateway-loopback" // the address is not this computer's, as "one" and "other" are
	GatewayMethod   Reason = "gateway-method"   // the method is not forwarded
	GatewayPath     Reason = "gateway-path"     // the request's target is not a path
	GatewayPorts    Reason = "gateway-ports"    // from "address" on there are fewer than "n" ports
	GatewayUpgrade  Reason = "gateway-upgrade"  // the request asks for another protocol
	GatewayWebPage  Reason = "gateway-web-page" // a web page asks
)
