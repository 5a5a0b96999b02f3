// Things that people and their programs may name and write so that a careless page would run, follow or compute them.
const page = `<!doctype html><meta http-equiv="refresh" content="1;url=/settings"><base target="_top">
<title>mine</title><h1>Report</h1>
<form id="f" action="/lazurite/v1/session" method="post" target="_top"><button id="send">Send</button></form>
<a id="leave" target="_top" href="/settings?left">Leave</a> <a id="open" target="_blank" href="/settings?opened">Open</a>
<a id="run" href="javascript:parent.document.title='taken over'">Run</a>
<img src="/lazurite/v1/session?leak=picture" onerror="parent.document.title='taken over'">
<iframe src="/settings?framed"></iframe><object data="/settings?object"></object>
<ul id="did"></ul>
<script>
const did = document.getElementById('did')
const done = (what) => { const line = document.createElement('li'); line.textContent = what; did.append(line) }
const attempt = (what, work) => { try { if (work() !== undefined) done(what) } catch (error) {} }
done('ran')
attempt('read the page', () => parent.document.title)
attempt('changed the page', () => { parent.document.title = 'taken over'; return true })
attempt('read cookies', () => document.cookie || undefined)
attempt('read storage', () => localStorage.length)
attempt('opened a window', () => open('/settings?opened') || undefined)
attempt('led the page away', () => { top.location = '/settings?led'; return undefined })
attempt('asked', () => { alert('mine'); return undefined })
attempt('sent a form', () => { document.getElementById('f').submit(); return undefined })
fetch('/lazurite/v1/session').then(() => done('fetched'), () => {})
fetch('/lazurite/v1/session', { credentials: 'include', mode: 'no-cors' }).then(() => done('fetched with a login'), () => {})
try { new EventSource('/lazurite/v1/events').onopen = () => done('listened') } catch (error) {}
try { new Worker('data:text/javascript,postMessage(1)').onmessage = () => done('worked') } catch (error) {}
</script>`

const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="parent.document.title='taken over'">
<script>parent.document.title = 'taken over'; fetch('/lazurite/v1/session?leak=svg')</script>
<image href="/lazurite/v1/session?leak=svg-image" width="9" height="9"/>
<foreignObject width="40" height="40"><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(1)"/></body></foreignObject>
<rect width="40" height="40" fill="green"/></svg>`

const words = `# Notes <img src=x onerror=alert(1)>

[script](javascript:alert(1)) [data](data:text/html,<script>alert(1)</script>) [far](https://far.test/page)
![pixel](https://far.test/pixel.png) <a href="javascript:alert(1)">raw</a> <a href="vbscript:x">vb</a>
<a href="&#106;avascript:alert(1)">coded</a> <a href="java
script:alert(1)">broken</a> <form action="/x"><input name=y></form> <style>body{display:none}</style>
<svg><script>alert(1)</script><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<math><mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></mtext></math>
<iframe srcdoc="<script>parent.document.title='taken over'</script>"></iframe> <base href="https://far.test/">
<meta http-equiv="refresh" content="0;url=https://far.test/"> <details open ontoggle=alert(1)>x</details>
`

const notebook = JSON.stringify({
  nbformat: 4,
  cells: [
    { cell_type: 'markdown', source: words },
    {
      cell_type: 'code',
      source: 'x',
      outputs: [
        {
          data: { 'text/html': '<script>alert(1)</script><img src=x onerror=alert(1)>', 'text/plain': 'told plainly' },
        },
        { data: { 'application/javascript': 'alert(1)' } },
        { data: { 'image/svg+xml': picture } },
        { data: { 'image/png': '" onerror="alert(1)' } },
        { traceback: ['\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007 \u001b[31mred\u001b[0m'] },
      ],
    },
  ],
})

const table = 'name,"<img src=x onerror=alert(1)>"\n=HYPERLINK("https://far.test"),+1\n@SUM(1),-2\n<b>bold</b>,3\n'

/** Codes of terminals that set titles, move, ring, link, ask back, switch screens; and plain markup. */
const log = [
  '\u001b]0;taken over\u0007after a title',
  '\u001b]2;taken over\u001b\\after another title',
  '\u001b]8;;javascript:alert(1)\u0007a link that runs\u001b]8;;\u0007',
  '\u001b]8;;data:text/html,<script>alert(1)</script>\u0007a link of data\u001b]8;;\u0007',
  '\u001b]8;;https://far.test/"onmouseover="alert(1)\u0007a link of the web\u001b]8;;\u0007',
  '\u001b]52;c;dGFrZW4gb3Zlcg==\u0007after the clipboard',
  '\u001b[2J\u001b[H\u001b[10A\u001b[?1049h\u001b[6n\u001b[cafter moves',
  '\u001bP$q"p\u001b\\\u001b_apc\u001b\\after strings',
  '\u001b[38;2;999;-1;1e9mcolours\u001b[48;5;99999m that are none\u001b[0m',
  '\u001b[31;url(https://far.test)mstyle\u001b[0m',
  '<script>alert(1)</script><img src=x onerror="parent.document.title=\'taken over\'">',
  '\u202etxt.exe\u202c after a turn',
  'unended \u001b]8;;https://far.test/',
  'the last line',
]

/** Names of files as no wise person would choose them; each is written below outputs/. */
export const fileNames = [
  '<img src=x onerror=alert(1)>.txt',
  '"quoted" \'twice\' & co.txt',
  '..%2f..%2fup.txt',
  '%00.txt',
  'javascript:alert(1).html',
  '=1+1.csv',
  '-rf.txt',
  'a?b#c&d=e.txt',
  '\u202egpj.html',
  'two\u2028lines.txt',
  '$(touch x);`x`.txt',
  `${'long'.repeat(50)}.txt`,
]

const script = `import base64, json, os, sys, time, urllib.request
files = json.load(open("files.json"))
os.makedirs("outputs", exist_ok=True)
for name, text in files["named"].items():
    open(os.path.join("outputs", name), "w").write(text)
for name in files["strange"]:
    open(os.path.join("outputs", name), "w").write("strange\\n")
address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-batch"
def log(**body):
    body["run_id"] = os.environ["MLFLOW_RUN_ID"]
    headers = {"authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"], "content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), headers)).read()
now = int(time.time() * 1000)
log(params=[{"key": "command", "value": "=cmd|' /C calc'!A0"}, {"key": "markup", "value": "<img src=x onerror=alert(1)>"}])
for step in range(5):
    log(metrics=[{"key": "loss", "value": 1 / (step + 1), "timestamp": now + step, "step": step},
                 {"key": "-loss/: a", "value": step, "timestamp": now + step, "step": step}])
sys.stdout.write("\\n".join(files["log"]) + "\\n")
sys.stdout.flush()
sys.exit(int(sys.argv[1]))
`

const quoted = (value) => JSON.stringify(value)

const job = (name, title, exit) => `name: ${name}
type: command
display_name: ${quoted(title)}
experiment_name: strange
description: ${quoted(words)}
tags: {${quoted('<b onmouseover=alert(1)>key</b>')}: ${quoted('<script>alert(1)</script>')}, formula: "=1+1"}
code: ./strange
command: python3 strange.py ${exit}
environment: {image: python:3.11}
`

/** A job that goes on, and goes on while the server is away. */
const patient = `import json, os, time, urllib.request
address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-batch"
headers = {"authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"], "content-type": "application/json"}
for step in range(2000):
    print("step", step, flush=True)
    point = {"key": "loss", "value": 1 / (step + 1), "timestamp": int(time.time() * 1000), "step": step}
    body = json.dumps({"run_id": os.environ["MLFLOW_RUN_ID"], "metrics": [point]}).encode()
    try: urllib.request.urlopen(urllib.request.Request(address, body, headers)).read()
    except OSError: pass
    time.sleep(0.3)
`

const going = (name) => `name: ${name}
type: command
display_name: goes on
experiment_name: flowers
code: ./patient
command: python3 patient.py
environment: {image: python:3.11}
`

/** Everything above, in the workspace: jobs `strange_one` (ends well), `strange_two` (fails), data, a model. */
export async function seedStrange({ run, write }) {
  const named = {
    'page.html': page,
    'picture.svg': picture,
    'notes.md': words,
    'book.ipynb': notebook,
    'table.csv': table,
    'lines.jsonl': `${JSON.stringify({ '<b>': '<img src=x onerror=alert(1)>' })}\n`,
    'deep.json': JSON.stringify({ '<img src=x onerror=alert(1)>': ['=1+1', { __proto__: null, constructor: 'x' }] }),
  }
  write('strange/files.json', JSON.stringify({ named, strange: fileNames, log }))
  write('strange/strange.py', script)
  write('one.yml', job('strange_one', '<script>alert(1)</script>', 0))
  write('two.yml', job('strange_two', '=HYPERLINK("https://far.test","x")', 3))
  write('table.csv', table)
  const told = `description: ${quoted(words)}\ntags: {${quoted('<img src=x onerror=alert(1)>')}: ${quoted('"><b>')}}\n`
  write('data.yml', `name: strange\ntype: uri_file\npath: table.csv\n${told}`)
  write('model.yml', `name: strange\ntype: custom_model\npath: table.csv\n${told}`)
  for (const [noun, file] of [
    ['job', 'one.yml'],
    ['job', 'two.yml'],
    ['data', 'data.yml'],
    ['model', 'model.yml'],
  ])
    await run(noun, 'create', '-f', file, '-o', 'none')
}

/** A job that goes on for ten minutes. */
export async function seedGoing({ run, write }, name) {
  write('patient/patient.py', patient)
  write(`${name}.yml`, going(name))
  await run('job', 'create', '-f', `${name}.yml`, '-o', 'none')
}
