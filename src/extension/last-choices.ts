import type * as vscode from 'vscode';

interface Choices {
  /** Dataset that rollouts are promoted into. */
  promoteTo: string;
  /** The dataset that a rollout went into last, by the id of its trace there; the newest 500. */
  promotions: Record<string, string>;
  /** Hugging Face ids and absolute paths of models used before, newest first. */
  models: string[];
  rewards: string[];
  /** Shape and extraction chosen by hand, per dataset path. */
  shapes: Record<string, string>;
  extractions: Record<string, string>;
}

/** The one typed wrapper around `workspaceState`: what a person chose last, nothing that can be computed. */
export class LastChoices {
  constructor(private readonly state: vscode.Memento) {}

  get<K extends keyof Choices>(key: K): Choices[K] | undefined {
    return this.state.get<Choices[K]>(`coldstart.${key}`);
  }

  async set<K extends keyof Choices>(key: K, value: Choices[K]): Promise<void> {
    await this.state.update(`coldstart.${key}`, value);
  }
}
