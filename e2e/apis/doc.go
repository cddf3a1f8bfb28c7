// Package apis are three small API servers for tests. They behave as the documents of Rhythm, Conundra and
// RES:Harmonics say, with what is peculiar to each:
//
//   - Rhythm (rhythm.go) takes the JWTs of an Auth0-shaped provider and checks them against its keys. The tenant stands
//     in the path. A good token without contact_id is answered as a bad one is: 401, with nothing that says why.
//   - Conundra (conundra.go) has Keycloak's token endpoint, tokens of five minutes, challenges that name the error, and
//     a limit of fifty requests a second. Who goes on is refused the connection for a while.
//   - RES:Harmonics (harmonics.go) has tokens of an hour, and a 401 with a message where others have a challenge.
//
// Each remembers all that it was asked (server.go), has a clock that a test may set, and its URL is of this computer.
// The paths of the APIs are those that are documented; what is not documented is as plain as possible.
//
// The servers import nothing of ours: what they make of a request must not depend on how Keyfob writes it.
package apis
