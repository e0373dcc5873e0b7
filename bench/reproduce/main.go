// Command reproduce trains the models of published experiments, measures their
// log-probability, and writes what it found beside what was published.
//
// Each row of its table is one recipe, run by the bitdbn command with the flags
// that the report shows. A result is kept in a file of its own under results/, and
// RESULTS.md is written from all of them, so that rows can be run one by one.
//
//	go run ./bench/reproduce -list
//	go run ./bench/reproduce -report
//	go run ./bench/reproduce -row rbm-pcd
//	go run ./bench/reproduce -density ~/density
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
)

func main() {
	log.SetFlags(0)
	list := flag.Bool("list", false, "list the rows")
	only := flag.Bool("report", false, "write the report from the results that are there, and run nothing")
	name := flag.String("row", "", "the row to run; all that there is data for if empty")
	density := flag.String("density", "", "folder of the density data sets, NAME/NAME.train.data and so on; their rows are left out without it")
	program := flag.String("bitdbn", "bin/bitdbn", "the bitdbn command")
	dir := flag.String("dir", "bench/reproduce", "folder of the results and the report")
	models := flag.String("models", "bin/models", "folder to keep the trained models in")
	flag.Parse()

	if *list {
		for _, r := range rows {
			fmt.Printf("%-20s %s\n", r.name, r.title)
		}
		return
	}
	if *only {
		if err := report(*dir); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *name != "" && !slices.ContainsFunc(rows, func(r row) bool { return r.name == *name }) {
		log.Fatalf("there is no row %q; -list lists them", *name)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := &suite{*program, *density, *models, filepath.Join(*dir, "results")}
	for _, r := range rows {
		if *name != "" && r.name != *name {
			continue
		}
		if r.density != "" && *density == "" {
			if *name != "" {
				log.Fatalf("row %s needs -density", r.name)
			}
			continue
		}
		log.Printf("%s: %s", r.name, r.title)
		if _, err := s.run(ctx, &r); err != nil {
			log.Fatalf("%s: %v", r.name, err)
		}
		if err := report(*dir); err != nil {
			log.Fatal(err)
		}
	}
}
