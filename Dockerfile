# The four commands in an image with nothing else: no shell, no libc, no root.
#   docker build --build-arg COMMIT=$(git rev-parse HEAD) -t gopherbot .
#   docker run --env-file .env -p 8080:8080 gopherbot            # the gateway
#   docker run --env-file .env gopherbot /consumer               # and so on
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The history is not copied, so the commit is an argument.
ARG COMMIT=
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X github.com/gobridge/gopherbot/internal/build.commit=$COMMIT" -o /out/ ./cmd/...

FROM scratch
# Whom to trust that a server is Slack.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
USER 65532:65532
EXPOSE 8080
CMD ["/gateway"]
