// Stands for the programs of the images that a host of Connect runs, by the name it is called by.
//
//	connect    answers as a service of Connect does, once it has read its credentials and written its data
//	cloudflared tunnel run | tunnel --metrics ADDRESS ready
//	exporter   reads --nginx.scrape-uri and answers at 9113
//	wget -q -O /dev/null URL
//	get URL [HEADER=VALUE]   prints status and body
//	dial ADDRESS             says whether somebody takes the connection
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var client = http.Client{Timeout: 5 * time.Second}

func main() {
	called, arguments := filepath.Base(os.Args[0]), os.Args[1:]
	switch called {
	case "connect":
		connect()
	case "cloudflared":
		cloudflared(arguments)
	case "exporter":
		uri := strings.TrimPrefix(arguments[0], "--nginx.scrape-uri=")
		http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
			_, body := get(uri)
			fmt.Fprint(w, body)
		})
		end(http.ListenAndServe(":9113", nil))
	case "wget":
		if status, _ := get(arguments[len(arguments)-1]); status != 200 {
			os.Exit(1)
		}
	case "get":
		fmt.Println(get(arguments[0], arguments[1:]...))
	case "dial":
		connection, err := net.DialTimeout("tcp", arguments[0], 2*time.Second)
		if err != nil {
			fmt.Print("closed")
			return
		}
		connection.Close()
		fmt.Print("open")
	default:
		end(fmt.Errorf("called as %s", called))
	}
}

func connect() {
	credentials, err := os.ReadFile(os.Getenv("OP_SESSION"))
	end(err)
	end(os.WriteFile("/home/opuser/.op/data/read", []byte(fmt.Sprint(len(credentials))), 0o600))
	http.HandleFunc("/heartbeat", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, ".") })
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"name":"stub","version":"1.8.2","dependencies":[{"service":"sqlite","status":"ACTIVE"}]}`)
	})
	http.HandleFunc("/v1/vaults", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			w.WriteHeader(401)
		}
		fmt.Fprint(w, "[]")
	})
	end(http.ListenAndServe(":"+os.Getenv("OP_HTTP_PORT"), nil))
}

func cloudflared(arguments []string) {
	if arguments[len(arguments)-1] == "ready" {
		if status, _ := get("http://" + arguments[2] + "/ready"); status != 200 {
			os.Exit(1)
		}
		return
	}
	token, err := os.ReadFile(os.Getenv("TUNNEL_TOKEN_FILE"))
	end(err)
	fmt.Printf("a token of %d characters\n", len(token))
	http.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	end(http.ListenAndServe(os.Getenv("TUNNEL_METRICS"), nil))
}

func get(url string, headers ...string) (int, string) {
	request, err := http.NewRequest("GET", url, nil)
	end(err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, "=")
		request.Header.Set(name, value)
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
