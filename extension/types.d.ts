// What the content script needs of the platform, and the one name its two files share.
declare const chrome: {
  runtime: {
    sendMessage(message: object): Promise<any>;
    onMessage: { addListener(take: (message: any, sender: unknown, reply: (answer: unknown) => void) => void): void };
  };
};
declare var inlayPainter: (ask: (message: object) => Promise<any>) => {
  dress(texts: string[], looks: Record<string, any>, place: string, anchors: string[]): void;
  reserve(mark: number, element: Element, place: string): void;
  paint(asked: number[], paints: { mark: number; look: string; label: string; badge?: any }[]): void;
  remove(mark: number): void;
  clear(): void;
  has(mark: number): boolean;
  owns(node: Node): boolean;
  tally(): Record<string, number>;
};
declare var navigation: EventTarget | undefined;
