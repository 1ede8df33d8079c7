// Stands for the programs of the images that a host of Connect runs, by the name it is called by.
//
//	connect    answers as a service of Connect does, once it has read its credentials and written its data
//	cloudflared tunnel run | tunnel --metrics ADDRESS ready
//	exporter   reads --nginx.scrape-uri and answers at 9113
//	wget -q -O /dev/null URL
//	get URL [HEADER=VALUE]   prints status and body
//	dial ADDRESS             says whether somebody takes the connection
//	load URL COUNT RATE      sends mixed requests of many clients and tokens, and prints what came as JSON
//	burst URL COUNT          sends requests of one client one after the other, and prints what came as JSON
//	flood URL COUNT          begins as many requests with a large body at once, and prints what came as JSON
//	write FILE TEXT          writes the text into the file
//	env PROGRAM ARGUMENT…    becomes the program, as a first line with #! wants it
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	data    = "/home/opuser/.op/data/"
	nobody  = "nobody"
	vault   = "/v1/vaults/vvvvvvvvvvvvvvvvvvvvvvvvvv"
	clients = 50000
	bodies  = 1 << 20
)

var client = http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 32},
}

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
	case "write":
		end(os.WriteFile(arguments[0], []byte(arguments[1]), 0o600))
	case "env":
		program, err := exec.LookPath(arguments[0])
		end(err)
		end(syscall.Exec(program, arguments, os.Environ()))
	case "load":
		count, _ := strconv.Atoi(arguments[1])
		rate, _ := strconv.Atoi(arguments[2])
		print(load(arguments[0], count, rate))
	case "burst":
		count, _ := strconv.Atoi(arguments[1])
		found, began := newCame(), time.Now()
		for range count {
			found.ask(arguments[0], "t-0", "100.67.0.1")
		}
		found.Seconds = time.Since(began).Seconds()
		print(found)
	case "flood":
		count, _ := strconv.Atoi(arguments[1])
		print(flood(strings.TrimPrefix(arguments[0], "http://"), count))
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
	end(os.WriteFile(data+"read", []byte(fmt.Sprint(len(credentials))), 0o600))
	http.HandleFunc("/heartbeat", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, ".") })
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"name":"stub","version":"1.8.2","dependencies":[{"service":"sqlite","status":"ACTIVE"}]}`)
	})
	http.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		revoked, _ := os.ReadFile(data + "revoked")
		if !found || token == nobody || slices.Contains(strings.Fields(string(revoked)), token) {
			w.WriteHeader(401)
		}
		said, _ := json.Marshal(map[string]string{"for": token, "path": r.URL.Path})
		_, _ = w.Write(said)
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

func print(said any) {
	text, err := json.Marshal(said)
	end(err)
	fmt.Println(string(text))
}

// came is what requests came to: how many had each status, how many were answered from what was kept, and how
// many with what is another token's.
type came struct {
	Statuses map[int]int    `json:"statuses"`
	Kept     int            `json:"kept"`
	Crossed  int            `json:"crossed"`
	Strange  int            `json:"strange"`
	Errors   map[string]int `json:"errors"`
	Seconds  float64        `json:"seconds"`
	lock     sync.Mutex
}

func newCame() *came {
	return &came{Statuses: map[int]int{}, Errors: map[string]int{}}
}

func load(url string, count, rate int) *came {
	found := newCame()
	mixture, turns, began := rand.New(rand.NewSource(7)), make(chan struct{}, 32), time.Now()
	tokens := append(strings.Fields("t-0 t-1 t-2 t-3 t-4 t-5 t-6 t-7"), nobody)
	paths := []string{"/v1/vaults", vault, vault + "/items", vault + "/items/iiiiiiiiiiiiiiiiiiiiiiiiii"}
	var running sync.WaitGroup
	for n := range count {
		if rate > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate))))
		}
		token, path := tokens[mixture.Intn(len(tokens))], paths[mixture.Intn(len(paths))]
		turns <- struct{}{}
		running.Add(1)
		go func() {
			defer func() { <-turns; running.Done() }()
			found.ask(url+path, token, fmt.Sprintf("100.64.%d.%d", n%clients/250, n%250+1))
		}()
	}
	running.Wait()
	found.Seconds = time.Since(began).Seconds()
	return found
}

func (c *came) ask(url, token, from string) {
	request, err := http.NewRequest("GET", url, nil)
	end(err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("CF-Connecting-IP", from)
	answer, err := client.Do(request)
	c.lock.Lock()
	defer c.lock.Unlock()
	if err != nil {
		c.Errors[err.Error()]++
		return
	}
	defer answer.Body.Close()
	var said struct{ For string }
	if json.NewDecoder(answer.Body).Decode(&said) != nil || said.For != token {
		c.Crossed++
	}
	if (answer.StatusCode == 401) != (token == nobody) {
		c.Strange++
	}
	if answer.Header.Get("X-Cache-Status") == "HIT" {
		c.Kept++
	}
	c.Statuses[answer.StatusCode]++
}

// flood sends all but the last of each body, waits for the others to have come as far, and then the last.
func flood(address string, count int) *came {
	found := newCame()
	var begun, ended sync.WaitGroup
	for n := range count {
		begun.Add(1)
		ended.Add(1)
		go func() {
			defer ended.Done()
			status, err := post(address, n, func() { begun.Done(); begun.Wait() })
			found.lock.Lock()
			defer found.lock.Unlock()
			if err != nil {
				found.Errors[err.Error()]++
				return
			}
			found.Statuses[status]++
		}()
	}
	ended.Wait()
	return found
}

func post(address string, n int, wait func()) (int, error) {
	connection, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		wait()
		return 0, err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(30 * time.Second))
	head := "POST /v1/vaults HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer t-0\r\nCF-Connecting-IP: 100.65.%d.%d\r\nContent-Length: %d\r\n\r\n"
	_, err = fmt.Fprintf(connection, head, n/250, n%250+1, bodies)
	if err == nil {
		_, err = connection.Write(make([]byte, bodies-1))
	}
	wait()
	if err == nil {
		_, _ = connection.Write([]byte("x"))
	}
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, nil
}
