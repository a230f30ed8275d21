import {
  Bell, Bot, Braces, Brain, Calendar, CalendarCheck, CalendarClock, Car, CarFront, Clock, Code, Database, FileText, Filter,
  GitBranch, GitFork, Globe, Hand, Heart, HeartHandshake, Inbox, ListFilter, type LucideIcon, Mail, MessageSquare, MousePointerClick, OctagonX, PenLine,
  Phone, PhoneMissed, Play, Repeat, Reply, Route, Search, Send, Shapes, Shuffle, Sparkles, Split, SquarePen, Star, Tag, Tags, Target,
  BadgePercent, DatabaseZap, FileDown, FileSearch, KeyRound, Megaphone, Merge, MessageSquareText, Radio, ShieldAlert, Stamp, Sunrise, TextSearch, Undo2, UserX, Wrench,
  Timer, UserCheck, UserPlus, UserRound, Users, Variable, Webhook, Workflow, Zap,
} from "lucide-react";

/** The icons that step types and templates may name; the rest of the set stays out of the download. */
const icons: Record<string, LucideIcon> = {
  bell: Bell, bot: Bot, braces: Braces, brain: Brain, calendar: Calendar, "calendar-check": CalendarCheck,
  "calendar-clock": CalendarClock, car: Car, "car-front": CarFront, clock: Clock, code: Code, database: Database, "file-text": FileText,
  filter: Filter, "git-branch": GitBranch, "git-fork": GitFork, globe: Globe, hand: Hand, heart: Heart, "heart-handshake": HeartHandshake, inbox: Inbox,
  "list-filter": ListFilter, mail: Mail, "message-square": MessageSquare, "mouse-pointer-click": MousePointerClick, "octagon-x": OctagonX,
  "pen-line": PenLine, phone: Phone, "phone-missed": PhoneMissed, play: Play, repeat: Repeat, reply: Reply, route: Route, search: Search,
  send: Send, shuffle: Shuffle, sparkles: Sparkles, split: Split, "square-pen": SquarePen, star: Star, tag: Tag, tags: Tags,
  target: Target, timer: Timer, "user-check": UserCheck, "user-plus": UserPlus, user: UserRound, "user-round": UserRound,
  "badge-percent": BadgePercent, "database-zap": DatabaseZap, "file-down": FileDown, "file-search": FileSearch, "key-round": KeyRound, megaphone: Megaphone,
  merge: Merge, "message-square-text": MessageSquareText, radio: Radio, "shield-alert": ShieldAlert, stamp: Stamp, sunrise: Sunrise,
  "text-search": TextSearch, "undo-2": Undo2, "user-x": UserX, wrench: Wrench,
  users: Users, variable: Variable, webhook: Webhook, workflow: Workflow, zap: Zap,
};

function kebab(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").replaceAll("_", "-").toLowerCase();
}

export function NamedIcon({ name, className }: { name: string; className?: string }) {
  const Icon = icons[kebab(name)] ?? Shapes;
  return <Icon aria-hidden className={className} />;
}
