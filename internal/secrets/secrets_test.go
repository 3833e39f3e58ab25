package secrets_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/secrets"
)

// body is as long as a key's, and random.
const body = "MIIEowIBAAKCAQEAvT0Jx2n7oCqXrK1c9bYdM3uGhQe5LwRzP8fVaSjN6kTiHy4m"

// join keeps scanners of repositories from finding secrets in this file.
func join(parts ...string) string { return strings.Join(parts, "") }

func TestFind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{join("-----BEGIN RSA ", "PRIVATE KEY-----\n", body, "\n-----END"), "a private key"},
		{join("const k = `-----BEGIN ", "PRIVATE KEY-----\n", body), "a private key"},
		{join(`"-----BEGIN EC `, `PRIVATE KEY-----\n" +`, "\n\t", `"`, body, `\n"`), "a private key"},
		{join("-----BEGIN OPENSSH ", "PRIVATE KEY-----\n", body), "a private key"},
		{join("-----BEGIN PGP ", "PRIVATE KEY BLOCK-----\nVersion: 1\n\n", body), "a private key"},
		{join("AGE-SECRET-", "KEY-1QQPQXPZ0WZ3J3K9U5W8ZC2V7M4N6A8S9D2F3G4H5J6K7L8Q9W0E"), "a private key"},
		{join("id := \"AKI", "AQ3EGRJ5TYWXZ6B2C\""), "an access key of AWS"},
		{join("xox", "b-2913847561-8374651920-aKd83LsnQ0zPw7"), "a token of Slack"},
		{join("xap", "p-1-A0B1C2D3E4-8374651920-4f8a1c"), "a token of Slack"},
		{join("https://hooks.slack.", "com/services/T0AB12CD3/B0XY98ZW7/k3J8sLq0PzR5vN2mX9wT4bYc"), "the address of a webhook"},
		{join("gh", "p_k3J8sLq0PzR5vN2mX9wT4bYcD7fG1hA6eUo"), "a token of GitHub"},
		{join("github", "_pat_11AB3CDEY0k3J8sLq0PzR5_vN2mX9wT4bYcD7fG1hA6eUoQ8iWpLzKj"), "a token of GitHub"},
		{join("glp", "at-k3J8sLq0PzR5vN2mX9wT"), "a token of GitLab"},
		{join("AIz", "aSyB3kJ8sLq0PzR5vN2mX9wT4bYcD7fG1hA6"), "a key of Google"},
		{join("sk_", "live_51k3J8sLq0PzR5vN2m"), "a key of Stripe"},
		{join("sk-", "proj-k3J8sLq0PzR5vN2mX9wT4bYcD7fG1hA6eUo"), "an API key"},
		{join("eyJ", "hbGciOiJSUzI1NiJ9.eyJzdWIiOiI4ODEyIn0.k3J8sLq0PzR5vN2mX9wT4bYc"), "a JSON Web Token"},
		{join("postgres://app:Tr0ub4", "dor@db.internal:5432/x"), "an address with a password"},
		{join("https://me:Tr0ub4", "dor%21@git.acme.dev/x.git"), "an address with a password"},
		{join("sql.Open(\"mysql\", \"root:Tr0ub4", "dor@tcp(10.0.0.7:3306)/shop\")"), "an address with a password"},
		{join(`req.Header.Set("Authorization", "Bearer `, `k3J8sLq0PzR5vN2mX9wT4bYc")`), "a token"},
		{join(`password := "Tr0ub4`, `dor&3"`), "a password or token"},
		{join(`dbPassword = "grune`, `wald"`), "a password or token"},
		{join("const PASSWORD = `grune", "wald`"), "a password or token"},
		{join(`Config{Password: "grune`, `wald"}`), "a password or token"},
		{join(`"password": "grune`, `wald",`), "a password or token"},
		{join(`if pwd == "grune`, `wald" {`), "a password or token"},
		{join(`m["smtp_passwd"] = "grune`, `wald"`), "a password or token"},
		{join(`apiKey := "k3J8sLq0PzR5`, `vN2mX9wT"`), "a password or token"},
		{join(`var jwtKey = []byte("k3J8sLq0PzR5`, `vN2mX9wT")`), "a password or token"},
		{join(`SecretAccessKey: "k3J8sLq0PzR5vN2m`, `X9wT4bYcD7fG1hA6eUoQ/8iW",`), "a password or token"},
		{join(`client_secret = "3f2a8b7c6d5e4f3a`, `2b1c0d9e8f7a6b5c"`), "a password or token"},
		{join(`os.Setenv("API_TOKEN", "k3J8sLq0PzR5`, `vN2mX9wT")`), "a password or token"},
		{join("export DB_PASSWORD=grune", "wald7"), "a password or token"},
		{join("redis:\n  password: grune", "wald7\n"), "a password or token"},
		{"to := []string{\"ann@gmail.com\", \"bob@web.de\", \"Cyd.Doe@posteo.net\"}", "e-mail addresses of several people"},
		{"ann,+49 30 901820\nbob,+49 30 901821\ncyd,+49 (0)30 901822", "telephone numbers of several people"},
		{"ann: (212) 736-5000\nbob: 212-736-5001\ncyd: 212.736.5002", "telephone numbers of several people"},

		// Examples, tests and ordinary programs.
		{join("block, _ := pem.Decode(b)\nif block.Type != \"RSA ", "PRIVATE KEY\" {}\n// -----BEGIN RSA ", "PRIVATE KEY-----"), ""},
		{join("-----BEGIN RSA ", "PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"), ""},
		{"-----BEGIN CERTIFICATE-----\n" + body, ""},
		{"-----BEGIN PUBLIC KEY-----\n" + body, ""},
		{join("AKI", "AIOSFODNN7EXAMPLE"), ""},
		{"slack.New(\"xoxb-your-token-here\")", ""},
		{"xoxb-xxxxxxxxxxxx-xxxxxxxxxxxx", ""},
		{"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ""},
		{"strings.HasPrefix(token, \"xoxb-\") || strings.HasPrefix(token, \"sk_live_\")", ""},
		{join("eyJ", "hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"), ""},
		{"postgres://postgres:postgres@localhost:5432/postgres", ""},
		{"postgres://user:password@db:5432/app?sslmode=disable", ""},
		{"fmt.Sprintf(\"postgres://%s:%s@%s:%d/%s\", user, pw, host, port, name)", ""},
		{"rediss://:sentinel-password@host:26379", ""},
		{"postgres://app:${DB_PASSWORD}@db/app", ""},
		{"root:password@tcp(127.0.0.1:3306)/test", ""},
		{"http://localhost:8080/users/@me and go run golang.org/x/tools/cmd/stringer@latest", ""},
		{"https://go.dev:443/x@y", ""},
		{`password := os.Getenv("DB_PASSWORD")`, ""},
		{`var password, token string`, ""},
		{`password := r.FormValue("password")`, ""},
		{`password = "secret"`, ""},
		{`password = "password123"`, ""},
		{`password = "changeme"`, ""},
		{`Password: "hunter2!"`, ""},
		{`password = "p@ssw0rd1"`, ""},
		{`password: "<your password>"`, ""},
		{`password := ""`, ""},
		{`password = "********"`, ""},
		{`const passwordColumn = "grunewald"`, ""},
		{`ErrPassword = "wrong user name or password"`, ""},
		{`const forgotPassword = "/forgot-password"`, ""},
		{`"DB_PASSWORD": "DB_PASSWORD"`, ""},
		{`encodeUserPassword: "encodeUserPassword"`, ""},
		{"{+123400000, 0x.e8p+2147483644, {+123400001, {+123400002", ""},
		{"Password string `json:\"password\" validate:\"required,min=8\"`", ""},
		{"Token string `json:\"token\" yaml:\"token1234567890abcd\"`", ""},
		{`fields := []string{"password", "firstname", "lastname"}`, ""},
		{`fmt.Println("password", "accepted")`, ""},
		{`flag.String("password", "", "the password of the database")`, ""},
		{`token := "test-token-1234567890abcdef"`, ""},
		{`token := "my-super-secret-token-value"`, ""},
		{`secret := []byte("my_secret_key")`, ""},
		{`tokenURL = "https://oauth2.googleapis.com/token?x=0a1b2c3d4e5f"`, ""},
		{`token := lexer.Next()`, ""},
		{`token, err := jwt.Parse(raw, keyFunc)`, ""},
		{`Token: cfg.Token,`, ""},
		{`case token.IDENT: tok = token2string`, ""},
		{`apiKey := "..."`, ""},
		{`key := "k3J8sLq0PzR5vN2mX9wT"`, ""}, // of a map, as a rule
		{"password: string\ntoken: string", ""},
		{"PASSWORD=$PASSWORD go test", ""},
		{"basic golang.org/x/net/http2 and bearer of golang.org/x/oauth2/clientcredentials", ""},
		{"github.com/acme/token v1.2.3 h1:k3J8sLq0PzR5vN2mX9wT4bYcD7fG1hA6eUoQ8iWpLzK=\ngithub.com/acme/secret v0.1.0/go.mod h1:vN2mX9wT4bYcD7fG1hA6eUoQ8iWpLzKk3J8sLq0PzR5=", ""},
		{"sum := \"3f2a8b7c6d5e4f3a2b1c0d9e8f7a6b5c\"", ""},
		{"commit 3f2a8b7c6d5e4f3a2b1c0d9e8f7a6b5c6d5e4f3a", ""},
		{"id := uuid.MustParse(\"3f2a8b7c-6d5e-4f3a-2b1c-0d9e8f7a6b5c\")", ""},
		{"// Copyright (c) Ann <ann@gmail.com> and Bob <bob@web.de>, Bob <BOB@web.de>", ""},
		{"a@example.com, b@example.org, c@mail.example, d@foo.com, e@test.com, f@localhost.test", ""},
		{"git@github.com:a/b.git git@gitlab.com:c/d.git git@bitbucket.org:e/f.git", ""},
		{"noreply@a.de no-reply@b.de noreply+1@c.de", ""},
		{"+1 555 123 4567, (555) 555-0100, 555-555-0101, +1 212 555 0102", ""},
		{"212-736-5000, 212.736.5000 (212) 736-5000", ""},
		{"123-456-7890 and 123.456.7890 and 234-567-8901", ""},
		{"2026-11-21 08:00:00 2026-11-22 192.168.100.2000 10.0.0.1:8080 1700000000 1+1000000000", ""},
		{"arr := []int{212, 736, 5000}; x = 212-736-5000", ""},
		{"", ""},
	} {
		found, ok := secrets.Find(test.text)
		if found.What != test.want || ok != (test.want != "") || ok && strings.Contains(test.text, found.What) {
			t.Errorf("%s\nis %q, want %q", test.text, found.What, test.want)
		}
	}
}

func TestFind_Line(t *testing.T) {
	t.Parallel()
	text := "package main\n\nvar (\n\tpassword = \"" + "grune" + "wald\"\n)\n// ghp" + "_k3J8sLq0PzR5vN2mX9wT4bYcD7fG1hA6eUo\n"
	if found, _ := secrets.Find(text); found.Line != 4 {
		t.Errorf("line %d, want 4: the first", found.Line)
	}
}

// TestFind_ThisRepository checks this repository's files, which are full of the names of
// tokens and passwords. Tests are left out; they have invented secrets.
func TestFind_ThisRepository(t *testing.T) {
	t.Parallel()
	files := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" && name != "go.sum" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := os.ReadFile("../../" + name)
		if err != nil {
			return err
		}
		files++
		if found, ok := secrets.Find(string(content)); ok {
			t.Errorf("%s:%d is taken for %s", name, found.Line, found.What)
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files (%v)", files, err)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("password = \"grunewald\"\nann@gmail.com")
	f.Fuzz(func(t *testing.T, text string) {
		found, ok := secrets.Find(text)
		if ok != (found.What != "") || ok && (found.Line < 1 || found.Line > 1+strings.Count(text, "\n")) {
			t.Errorf("%q: %+v %t", text, found, ok)
		}
	})
}

// BenchmarkFind checks texts of the greatest length that is shared: programs, and texts
// that were made to be slow. None may take a second.
func BenchmarkFind(b *testing.B) {
	content, err := os.ReadFile("secrets_test.go")
	if err != nil {
		b.Fatal(err)
	}
	texts := map[string]string{"tests": string(content)}
	for name, unit := range map[string]string{
		"program": "\tfor i, name := range names {\n\t\tfmt.Println(i, name, token.Value)\n\t}\n",
		"names":   "password", "values": `password: "a" `, "spaces": "token:    ", "arguments": `token"`,
		"hosts": "a@b.", "addresses": "a://:", "mails": "x@y.zz ", "numbers": "+1 1", "letters": "A",
		"keys": "-----BEGIN PRIVATE KEY-----", "JWTs": "eyJaaaaaaaaaa.",
	} {
		texts[name] = strings.Repeat(unit, 64<<10/len(unit))
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				secrets.Find(text)
			}
		})
	}
}
