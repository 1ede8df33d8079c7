// Stands for cloudflared as far as a rotation meets it: it registers with an edge by its token, passes requests on to the
// proxy, and when it is told to end it leaves the edge first and finishes what it has.
//
//	cloudflared tunnel run | tunnel --metrics ADDRESS ready
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
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const edgePort, ownPort = "7844", ":8001"

var registered atomic.Bool

func main() {
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
