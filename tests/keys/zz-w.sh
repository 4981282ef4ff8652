. /tmp/h/output/tests/keys/lib.sh
. /tmp/h/output/tests/keys/zone.sh
configuration=$conf
configure update
N=${N:-300}
at_work add d0.example >/dev/null
ahead=10; at_work rotate; ahead=7300; at_work rotate
i=1; while [ $i -lt $N ]; do cp -a $keydir/d0.example $keydir/d$i.example; i=$((i+1)); done
python3 - "$records" $N <<'P'
import sys
f,n=sys.argv[1],int(sys.argv[2])
lines=open(f).read().splitlines()
out=[]
for i in range(n):
    if i in (7,8,100): continue
    for l in lines: out.append(l.replace("d0.example","d%d.example"%i))
open(f,"w").write("\n".join(out)+"\n")
P
chmod 0644 $keydir/d20.example/*r1.pem
export LD_PRELOAD=$preload KILLAT_TIME=$((epoch + ahead))
/usr/bin/time -f "%e s %M kB" $COUNTERSIGN_KEY -c $conf -k $keydir check --problems >$out 2>$err; tail -2 $err; wc -l $out; head -30 $out; tail -3 $out
/usr/bin/time -f "%e s %M kB" $COUNTERSIGN_KEY -c $conf -k $keydir check >$out 2>$err; tail -2 $err; wc -l $out; tail -1 $out; awk '{ if (length($0)>80) n++ } END { print n " long" }' $out
/usr/bin/time -f "%e s %M kB" $COUNTERSIGN_KEY -c $conf -k $keydir list >$out 2>$err; tail -2 $err; wc -l $out
