// A line was drawn from one step to another: which output goes into which input?
import { asObject, type JsonObject } from '@lazurite/spec'
import { type FormEvent, useState } from 'react'
import { Loading } from '../bits.tsx'
import { Dialog } from '../dialog.tsx'
import { type Change, componentIn, connect } from './design.ts'
import { type Interface, interfaceInPlace, type PortSpec, useInterface } from './interface.ts'

interface ConnectProps {
  value: JsonObject
  from: string
  to: string
  change(changes: readonly Change[]): void
  close(): void
}

export function ConnectDialog(props: ConnectProps) {
  const { value, from, to, close } = props
  return (
    <Dialog title={`${nameOf(from)} into ${nameOf(to)}`} close={close}>
      <WithFace value={value} id={from}>
        {(source) => (
          <WithFace value={value} id={to}>
            {(sink) => <Choice {...props} outputs={source.outputs} inputs={sink.inputs} />}
          </WithFace>
        )}
      </WithFace>
    </Dialog>
  )
}

function nameOf(id: string): string {
  return id.replace(/^:(in|out)\//, '')
}

interface WithFaceProps {
  value: JsonObject
  id: string
  children(face: Interface): React.ReactNode
}

/** The ports of a step; data has one, without a name. */
function WithFace({ value, id, children }: WithFaceProps) {
  const step = asObject(asObject(value.jobs)[id])
  const component = componentIn(step)
  if (id.startsWith(':')) {
    const type = asObject(asObject(id.startsWith(':in/') ? value.inputs : value.outputs)[nameOf(id)]).type
    const port = { name: '', type: typeof type === 'string' ? type : '', needed: false }
    return children({ inputs: [port], outputs: [port] })
  }
  return component ? <OfComponent component={component}>{children}</OfComponent> : children(interfaceInPlace(step))
}

function OfComponent({
  component,
  children,
}: {
  component: { name: string; version: string }
  children(face: Interface): React.ReactNode
}) {
  const face = useInterface(component)
  return face ? children(face) : <Loading what="its ports" />
}

function Choice({ value, from, to, outputs, inputs, change, close }: ConnectProps & Interface) {
  const taken = asObject(asObject(asObject(value.jobs)[to]).inputs)
  const data = (port: PortSpec) => !/^(string|integer|number|boolean)$/.test(port.type)
  const free = inputs.filter((port) => !Object.hasOwn(taken, port.name))
  const [out, setOut] = useState(outputs[0]?.name ?? '')
  const wanted = outputs.find(({ name }) => name === out)?.type
  const [into, setInto] = useState(
    (free.find(({ type }) => type === wanted) ?? free.find(data) ?? inputs.find(data) ?? inputs[0])?.name ?? '',
  )
  if (outputs.length === 0 || inputs.length === 0) {
    return <p>{outputs.length === 0 ? `${nameOf(from)} has no outputs.` : `${nameOf(to)} has no inputs.`}</p>
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change(connect({ node: from, port: out }, { node: to, port: into }))
    close()
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Ports label={`Output of ${nameOf(from)}`} ports={outputs} value={out} put={setOut} />
      <Ports label={`Input of ${nameOf(to)}`} ports={inputs} value={into} put={setInto} />
      <div className="ask-end">
        <button type="button" className="button" onClick={close}>
          Leave it
        </button>
        <button type="submit" className="button primary">
          Connect
        </button>
      </div>
    </form>
  )
}

interface PortsProps {
  label: string
  ports: readonly PortSpec[]
  value: string
  put(name: string): void
}

function Ports({ label, ports, value, put }: PortsProps) {
  if (ports.length === 1 && ports[0]?.name === '') return null
  return (
    <label className="form-row">
      <b>{label}</b>
      <select className="field" value={value} onChange={(event) => put(event.target.value)}>
        {ports.map(({ name, type }) => (
          <option key={name} value={name}>
            {name} ({type})
          </option>
        ))}
      </select>
    </label>
  )
}
