// Command ferretdb serves MongoDB's protocol from a folder of SQLite files. The tests use it in place of MongoDB.
//
// It embeds FerretDB as a pinned module, because `go install …/cmd/ferretdb@v1.24.2` fails: the module proxy doesn't list
// its versions, and a cmd/ferretdb that wasn't built in its git checkout panics because it has no version.txt.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// The environment variables are those of FerretDB's own command.
func main() {
	slog.SetLogLoggerLevel(slog.LevelError)
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: os.Getenv("FERRETDB_LISTEN_ADDR")}, // 127.0.0.1:27017
		Handler:   "sqlite",
		SQLiteURL: os.Getenv("FERRETDB_SQLITE_URL"), // file:folder/
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err = server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
