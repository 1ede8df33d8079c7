// Stands for what a rotation meets, by the name it is called by. cloudflared registers with an edge by its token, passes
// requests on to the proxy, and when it is told to end it leaves the edge first and finishes what it has. A service of
// Connect answers, unless it is given credentials that it cannot read.
//
//	cloudflared tunnel run | tunnel --metrics ADDRESS ready
//	connect
//
// The edge is whoever answers at port 7844 of its way out.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const edgePort, ownPort = "7844", ":8001"

var registered atomic.Bool

func main() {
	if filepath.Base(os.Args[0]) == "connect" {
		connect()
		return
	}
	if os.Args[len(os.Args)-1] == "ready" {
		answer, err := http.Get("http://" + os.Args[3] + "/ready")
		if err != nil || answer.StatusCode != 200 {
			os.Exit(1)
		}
		return
	}
	token, err := os.ReadFile(os.Getenv("TUNNEL_TOKEN_FILE"))
	end(err)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "nginx:8080"})
	server := &http.Server{Addr: ownPort, Handler: proxy}
	go server.ListenAndServe()
	go http.ListenAndServe(os.Getenv("TUNNEL_METRICS"), http.HandlerFunc(ready))
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	for {
		connection, err := register(strings.TrimSpace(string(token)))
		if err == nil {
			registered.Store(true)
			<-told
			registered.Store(false)
			connection.Close()
			time.Sleep(300 * time.Millisecond) // the edge has heard of it
			server.Shutdown(context.Background())
			return
		}
		fmt.Println(err)
		select {
		case <-told:
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func connect() {
	credentials, err := os.ReadFile(os.Getenv("OP_SESSION"))
	end(err)
	if string(credentials) == "broken" {
		end(fmt.Errorf("the credentials cannot be read"))
	}
	answers := map[string]string{"/heartbeat": ".", "/health": `{"version":"1.8.2","dependencies":[]}`, "/v1/vaults": "[]"}
	for path, answer := range answers {
		http.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
	}
	end(http.ListenAndServe(":"+os.Getenv("OP_HTTP_PORT"), nil))
}

func ready(w http.ResponseWriter, _ *http.Request) {
	if !registered.Load() {
		w.WriteHeader(503)
	}
}

func register(token string) (net.Conn, error) {
	connection, err := net.DialTimeout("tcp", gateway()+":"+edgePort, time.Second)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(connection, token)
	said, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil || said != "registered\n" {
		connection.Close()
		return nil, fmt.Errorf("the edge does not take the token: %q %v", said, err)
	}
	return connection, nil
}

// gateway is where the default route leads.
func gateway() string {
	routes, err := os.ReadFile("/proc/net/route")
	end(err)
	for _, line := range strings.Split(string(routes), "\n")[1:] {
		fields := strings.Fields(line)
		if len(fields) > 2 && fields[1] == "00000000" {
			raw, err := hex.DecodeString(fields[2])
			end(err)
			address := make(net.IP, 4)
			binary.LittleEndian.PutUint32(address, binary.BigEndian.Uint32(raw))
			return address.String()
		}
	}
	return "no default route"
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
