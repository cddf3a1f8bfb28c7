// Command bare-proxy is the smallest proxy that adds a header: net/http/httputil's, and nothing else. The benchmark
// starts it beside `keyfob gateway`, built with the same flags, to tell what Keyfob adds from what Go takes.
//
//	bare-proxy UPSTREAM AUTHORIZATION
//
// It prints its own address, and serves until it is ended.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	upstream, err := url.Parse(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", l.Addr())
	log.Fatal(http.Serve(l, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			r.Out.Header.Set("Authorization", os.Args[2])
		},
		// Go's own keeps two connections, and would make new ones all the time for more callers.
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}))
}
