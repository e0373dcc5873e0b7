// Command reproduce trains the models of published experiments, measures their
// log-probability or their error, and writes what it found beside what was published.
//
// Each row of its table is one recipe, run by the bitdbn command with the flags
// that the report shows. Results are kept in a file a row under results/, each run
// as it is made, and RESULTS.md is written from all of them. A later call goes on
// with the runs that are missing, and with a training that was interrupted.
//
//	go run ./bench/reproduce -list
//	go run ./bench/reproduce -report
//	go run ./bench/reproduce -choose -row rbm-pcd
//	go run ./bench/reproduce -row rbm-pcd
//	go run ./bench/reproduce -density ~/density
//	go run ./bench/reproduce -tried -density ~/density
//
// A row on MNIST is first trained with -choose, on a part of the training rows, and
// evaluated on the others; when its recipe stands, without, on all of them, and
// evaluated on the test rows. With -tried it compares candidates for the program's
// defaults on validation rows, and writes TRIED.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	list := flag.Bool("list", false, "list the rows")
	only := flag.Bool("report", false, "write the reports from the results that are there, and run nothing")
	name := flag.String("row", "", "the row to run; all that there is data for if empty")
	choosing := flag.Bool("choose", false, "train on a part of the training rows and evaluate on the others")
	trying := flag.Bool("tried", false, "try candidates for the program's defaults in place of the rows")
	kinds := flag.String("kinds", "", "kinds of data to try them on, separated by commas; all that are there if empty")
	density := flag.String("density", "", "folder of the density data sets, NAME/NAME.train.data and so on; their rows are left out without it")
	fashion := flag.String("fashion", "", "folder of Fashion-MNIST, for instance of Debian's dataset-fashion-mnist; its rows are left out without it")
	command := flag.String("bitdbn", "bin/bitdbn", "the bitdbn command")
	dir := flag.String("dir", "bench/reproduce", "folder of the results and the report")
	models := flag.String("models", "bin/models", "folder to keep the trained models in")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := &suite{program(*command), places{*density, *fashion, *models}, filepath.Join(*dir, "results")}
	var err error
	switch {
	case *list:
		for _, r := range rows {
			fmt.Printf("%-20s %s\n", r.name, r.title)
		}
	case *only:
		err = errors.Join(report(*dir), reportTried(*dir))
	case *trying:
		err = s.tryAll(ctx, *kinds, *dir)
	default:
		err = s.runAll(ctx, *name, *choosing, *dir)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// runAll runs the row of a name, or all that there is data for, and writes the report
// after each.
func (s *suite) runAll(ctx context.Context, name string, choosing bool, dir string) error {
	if name != "" {
		r := rowNamed(name)
		if r == nil {
			return fmt.Errorf("there is no row %q; -list lists them", name)
		}
		if r.density != "" && s.density == "" {
			return fmt.Errorf("row %s needs -density", name)
		}
		if r.data == "fashion" && s.fashion == "" {
			return fmt.Errorf("row %s needs -fashion", name)
		}
		return s.runRow(ctx, r, choosing, dir)
	}
	for i := range rows {
		r := &rows[i]
		if r.density != "" && (choosing || s.density == "") || r.data == "fashion" && s.fashion == "" {
			continue
		}
		if err := s.runRow(ctx, r, choosing, dir); err != nil {
			return err
		}
	}
	return nil
}

// runRow runs a row and writes the report, also of the runs before a failure.
func (s *suite) runRow(ctx context.Context, r *row, choosing bool, dir string) error {
	run := s.run
	if choosing {
		run = s.choose
	}
	err := run(ctx, r)
	if err != nil {
		err = fmt.Errorf("%s: %w", r.name, err)
	}
	return errors.Join(err, report(dir))
}
