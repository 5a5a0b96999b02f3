// A page that breaks leaves the frame standing: what went wrong is said, and another address begins anew.
import { Component, type ReactNode } from 'react'
import { Problem } from './bits.tsx'

interface BoundaryProps {
  /** Another one is another page: what was wrong before is forgotten. */
  place: string
  children: ReactNode
}

interface BoundaryState {
  error: unknown
  place: string
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: undefined, place: this.props.place }

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { error }
  }

  static getDerivedStateFromProps({ place }: BoundaryProps, state: BoundaryState): Partial<BoundaryState> | null {
    return place === state.place ? null : { error: undefined, place }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return <Problem page error={error} retry={() => this.setState({ error: undefined })} />
  }
}
