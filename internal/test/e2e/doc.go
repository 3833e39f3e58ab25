// Package e2e has the end-to-end tests: a signed event goes in over HTTP, and a call of
// Slack's Web API comes out. Between the two run the real processes and a real Redis.
package e2e
