// Package repo has no code. Its tests hold the repository as a whole to its documents: the import rules, the generated
// documentation and the contributor's guide. It knows nothing of how a package works inside. Contributors run it after each
// change of a text, so its tests take a few seconds; slower ones are in package deploy.
package repo
