// Package repo has no code. Its tests hold the repository as a whole to its documents: the import rules, the generated
// documentation, the files for deployment and monitoring, the contributor's guide and the release check. It knows nothing of
// how a package works inside.
package repo
