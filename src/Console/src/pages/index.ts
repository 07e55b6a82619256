import {
  IconBuilding,
  IconCalendarCheck,
  IconCalendarTime,
  IconChartBar,
  IconChartHistogram,
  IconDeviceCctv,
  IconHeartbeat,
  IconHistory,
  IconMapPin,
  IconSchool,
  IconUserCog,
  IconUsers,
  IconVideo,
  IconWebhook,
  type Icon,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

export type PageEntry = {
  path: string;
  /** The folder under pages/, the file of its texts, and `pages.NAME` in the common texts. */
  name: string;
  icon: Icon;
  /** Any one of these shows the page to a caller; none: to everybody who is logged in. */
  scopes: string[];
  load: () => Promise<{ default: ComponentType }>;
  /** Under this heading in the navigation; none: not in it. */
  group?: "school" | "system";
};

/** The console's pages, in the order of the navigation. */
export const pages: PageEntry[] = [
  {
    path: "/",
    name: "today",
    icon: IconCalendarCheck,
    scopes: ["attendance:read"],
    group: "school",
    load: () => import("./today/TodayPage"),
  },
  { path: "/live", name: "live", icon: IconVideo, scopes: ["recognize"], group: "school", load: () => import("./live/LivePage") },
  {
    path: "/students",
    name: "students",
    icon: IconSchool,
    scopes: ["enroll", "attendance:read"],
    group: "school",
    load: () => import("./students/StudentsPage"),
  },
  { path: "/students/$id", name: "students", icon: IconSchool, scopes: [], load: () => import("./students/StudentPage") },
  { path: "/roster-import", name: "students", icon: IconSchool, scopes: [], load: () => import("./students/ImportPage") },
  {
    path: "/classes",
    name: "classes",
    icon: IconCalendarTime,
    scopes: ["attendance:read"],
    group: "school",
    load: () => import("./classes/ClassesPage"),
  },
  {
    path: "/reports",
    name: "reports",
    icon: IconChartBar,
    scopes: ["attendance:read"],
    group: "school",
    load: () => import("./reports/ReportsPage"),
  },
  { path: "/sites", name: "sites", icon: IconMapPin, scopes: ["presence"], group: "school", load: () => import("./sites/SitesPage") },
  {
    path: "/deliveries",
    name: "deliveries",
    icon: IconWebhook,
    scopes: ["webhooks"],
    group: "system",
    load: () => import("./deliveries/DeliveriesPage"),
  },
  {
    path: "/recognition",
    name: "recognition",
    icon: IconChartHistogram,
    scopes: ["admin"],
    group: "system",
    load: () => import("./recognition/RecognitionPage"),
  },
  {
    path: "/cameras",
    name: "cameras",
    icon: IconVideo,
    scopes: ["admin"],
    group: "system",
    load: () => import("./cameras/CamerasPage"),
  },
  {
    path: "/devices",
    name: "devices",
    icon: IconDeviceCctv,
    scopes: ["admin"],
    group: "system",
    load: () => import("./devices/DevicesPage"),
  },
  { path: "/audit", name: "audit", icon: IconHistory, scopes: ["admin"], group: "system", load: () => import("./audit/AuditPage") },
  { path: "/health", name: "health", icon: IconHeartbeat, scopes: ["admin"], group: "system", load: () => import("./health/HealthPage") },
  { path: "/users", name: "users", icon: IconUsers, scopes: ["admin"], group: "system", load: () => import("./users/UsersPage") },
  { path: "/school", name: "school", icon: IconBuilding, scopes: ["admin"], group: "system", load: () => import("./school/SchoolPage") },
  { path: "/account", name: "account", icon: IconUserCog, scopes: [], load: () => import("./account/AccountPage") },
];
