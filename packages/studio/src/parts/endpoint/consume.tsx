// How an endpoint is called from elsewhere: its address, its keys, and lines to copy.
import { useState } from 'react'
import { ask } from '../../data/api.ts'
import { type Endpoint, endpointPath } from '../../data/endpoints.ts'
import { armUrl, useWorkspace } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { Acts, useActing } from '../act.tsx'
import { Card, Copy, Twin } from '../bits.tsx'
import { Code } from '../code.tsx'
import { askKeys, type Keys } from './call.ts'

const languages: { title: string; text(endpoint: Endpoint): string }[] = [
  {
    title: 'curl',
    text: ({ name, scoringUri }) => `KEY=$(laz online-endpoint get-credentials -n ${name} --query primaryKey -o tsv)
curl -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d @sample.json ${scoringUri}`,
  },
  {
    title: 'Python',
    text: ({ scoringUri }) => `import json, os, urllib.request

body = json.dumps({"data": [[1, 2, 3, 4]]}).encode()
headers = {"Authorization": f"Bearer {os.environ['KEY']}", "Content-Type": "application/json"}
request = urllib.request.Request("${scoringUri}", body, headers)
print(json.load(urllib.request.urlopen(request)))`,
  },
  {
    title: 'JavaScript',
    text: ({ scoringUri }) => `const answer = await fetch('${scoringUri}', {
  method: 'POST',
  headers: { Authorization: \`Bearer \${process.env.KEY}\`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ data: [[1, 2, 3, 4]] }),
})
console.log(await answer.json())`,
  },
  {
    title: 'azure-ai-ml',
    text: ({ name }) => `ml_client.online_endpoints.invoke("${name}", request_file="sample.json")`,
  },
]

export function Consume({ endpoint }: { endpoint: Endpoint }) {
  const { readOnly } = useSession()
  const [at, setAt] = useState(0)
  const language = languages[at] ?? languages[0]
  const text = language?.text(endpoint) ?? ''
  return (
    <div className="columns">
      <div className="stack">
        <Card
          title="From a program"
          end={
            <label className="pick">
              Language
              <select className="bare" value={at} onChange={(event) => setAt(Number(event.target.value))}>
                {languages.map(({ title }, index) => (
                  <option key={title} value={index}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
          }
        >
          <div className="row-of" style={{ alignItems: 'start' }}>
            <Code label={`In ${language?.title}`}>{text}</Code>
            <Copy text={text} label="Copy the program" />
          </div>
        </Card>
        <Twin command={`laz online-endpoint invoke -n ${endpoint.name} -r sample.json`} />
      </div>
      <div className="stack">
        <Card title="Address" end={<Copy text={endpoint.scoringUri} label="Copy the address" />}>
          <p className="mono" style={{ overflowWrap: 'anywhere' }}>
            {endpoint.scoringUri}
          </p>
          <p className="quiet" style={{ marginTop: 8 }}>
            The header <code>azureml-model-deployment</code> names a deployment and goes past the shares.
          </p>
        </Card>
        {!readOnly && endpoint.auth === 'key' && <KeyCard endpoint={endpoint} />}
        {endpoint.auth !== 'key' && (
          <Card title="Login">
            <p>
              {endpoint.auth === 'aml_token'
                ? 'Callers show a token that lasts an hour:'
                : "Callers show the owner's token of this server."}
            </p>
            {endpoint.auth === 'aml_token' && (
              <Twin command={`laz online-endpoint get-credentials -n ${endpoint.name} --query accessToken -o tsv`} />
            )}
          </Card>
        )}
      </div>
    </div>
  )
}

function KeyCard({ endpoint }: { endpoint: Endpoint }) {
  const { arm } = useWorkspace()
  const [keys, setKeys] = useState<Keys>()
  const { busy, problem, act } = useActing()
  const show = async () => setKeys(await askKeys(arm, endpoint.name))
  const renew = (keyType: 'Primary' | 'Secondary') => async () => {
    const path = armUrl(`${endpointPath(arm, 'online', endpoint.name)}/regenerateKeys`)
    await ask(path, { method: 'POST', body: { keyType } })
    if (keys) await show()
  }
  const what = 'Callers with the old key get 401 from now on.'
  return (
    <Card
      title="Keys"
      end={
        <button
          type="button"
          className="button small"
          disabled={busy !== ''}
          onClick={() => (keys ? setKeys(undefined) : act({ title: 'Show', run: show }))}
        >
          {keys ? 'Hide' : 'Show'}
        </button>
      }
    >
      {(['primaryKey', 'secondaryKey'] as const).map((which) => (
        <div key={which} className="row-of" style={{ alignItems: 'center' }}>
          <span className="quiet">{which === 'primaryKey' ? 'Primary' : 'Secondary'}</span>
          <code style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{keys?.[which] ?? '••••••••••••••••'}</code>
          {keys && (
            <Copy text={keys[which]} label={`Copy the ${which === 'primaryKey' ? 'primary' : 'secondary'} key`} />
          )}
        </div>
      ))}
      {problem}
      <div className="actions" style={{ marginTop: 10 }}>
        <Acts
          acts={[
            { title: 'New primary key', ask: what, danger: true, run: renew('Primary') },
            { title: 'New secondary key', ask: what, danger: true, run: renew('Secondary') },
          ]}
        />
      </div>
    </Card>
  )
}
