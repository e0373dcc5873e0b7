package rbm
import ("testing";"fmt";"time";"math/bits")
func TestExplore(t *testing.T){
	ws:=workspace(t,1)
	run:=func(name string, rows [][]float64, hidden int, std float64, o Options){
		t0:=time.Now()
		m:=New(len(rows[0]),hidden)
		m.InitWeights(float32(std), InitStream(o.Seed,0))
		tr:=trainer(t,ws,m,bitRows(rows),o)
		m=finish(t,tr)
		fmt.Println(name, "ll", refer(m).logLikelihood(rows), time.Since(t0))
	}
	for _,n:=range []int{3,4,5,8}{
	var par [][]float64
	for s:=range 1<<n { if bits.OnesCount(uint(s))%2==0 { par=append(par,states(n)[s]) } }
	for _,pcd:=range []bool{false,true}{ for _,std:=range []float64{1}{ for _,lr:=range []float64{0.1,0.5}{
		o:=DefaultOptions();o.Epochs=5000;o.Batch=len(par);o.Persistent=pcd;o.Chains=64;o.L2=0;o.LearningRate=Schedule{[]stage{{0,lr,0.01}}};o.Momentum=Constant(0.9)
		o.Center=true; o.GibbsSteps=Constant(2)
		run(fmt.Sprint("parity ",n,pcd,std,lr),par,2*n,std,o)
	}}}}
}
