// Package e2e holds the tests of what the bot promises as a whole: a signed
// event goes in over HTTP, and what comes out is a call of Slack's Web API. In
// between are the real processes and a real Redis.
package e2e
