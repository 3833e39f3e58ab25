// Package deploy has no code. Its tests hold the files that operators use: the image, the systemd unit, Heroku's files, the
// monitoring and the release check. They build and start programs, so they are apart from the quick ones of package repo.
package deploy
