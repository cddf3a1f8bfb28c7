package words

import "keyfob/internal/fault"

// unauthorized is why an API does not accept a token.
func unauthorized(why fault.Reason) sentence {
	switch why {
	case fault.WhyExpired:
		return sentence{"{host} says that the access token has expired.", "Keyfob has renewed it: send the request again."}
	case fault.WhyAudience:
		return sentence{"{host} wants an access token for another audience[: this one is for {got}].",
			"The profile must name the audience that the API wants. Ask the people who run it."}
	case fault.WhyClaim:
		return sentence{"{host} wants something in the access token that is not there: {claim}",
			"Signing in again does not help. Ask the people who run it to give your account its {claim}."}
	case fault.WhyScheme:
		return sentence{"{host} does not take access tokens at this address[; it asks for {want}].",
			"Check the address: it may not be the API's."}
	case fault.WhyClock:
		return sentence{"{host} does not accept a fresh access token, and its clock is not this computer's[: {reason}].",
			"Set the date and time of this computer, then try again."}
	}
	return sentences[fault.APIUnauthorized]
}
