// Prints, for each seed in the arguments, SHA-256 digests of a million draws of four kinds.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand"
	"os"
	"strconv"
)

func digest(draw func(i int) uint64) string {
	hash := sha256.New()
	word := make([]byte, 8)
	for i := 0; i < 1000000; i++ {
		binary.LittleEndian.PutUint64(word, draw(i))
		hash.Write(word)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

func main() {
	for _, argument := range os.Args[1:] {
		seed, err := strconv.ParseInt(argument, 10, 64)
		if err != nil {
			panic(err)
		}
		r := rand.New(rand.NewSource(seed))
		fmt.Println(seed,
			digest(func(int) uint64 { return r.Uint64() }),
			digest(func(int) uint64 { return math.Float64bits(r.ExpFloat64()) }),
			digest(func(int) uint64 { return math.Float64bits(r.Float64()) }),
			digest(func(i int) uint64 { return uint64(r.Intn(i + 1)) }))
	}
}
