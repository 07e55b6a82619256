import { ActionIcon, Badge, Button, Menu, Modal, Select, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { Page } from "../../shared/Page";
import { Password } from "../../shared/Password";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { usePages } from "../../shared/usePages";
import { VirtualTable } from "../../shared/VirtualTable";

type User = Schemas["User"];

/** Who may log in, and as what. */
export default function UsersPage() {
  const { t } = useTranslation("users");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const [renewing, setRenewing] = useState<User | null>(null);
  const users = usePages(
    ["users"],
    async (limit, offset) => (await api.GET("/api/v1/users", { params: { query: { limit, offset } } })).data!,
  );
  const { rows, onEnd } = users;
  const again = () => client.invalidateQueries({ queryKey: ["users"] });
  const change = useMutation({
    mutationFn: ({ user, disabled }: { user: User; disabled: boolean }) =>
      api.PATCH("/api/v1/users/{username}", { params: { path: { username: user.username } }, body: { disabled } }),
    onSuccess: again,
  });
  const logOut = useMutation({
    mutationFn: (user: User) => api.DELETE("/api/v1/users/{username}/tokens", { params: { path: { username: user.username } } }),
    onSuccess: (_, user) => notifications.show({ message: t("loggedOut", { name: user.username }), color: "green" }),
  });

  return (
    <Page
      title={t("common:pages.users")}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          {t("add")}
        </Button>
      }
    >
      <ProblemAlert error={users.error ?? change.error ?? logOut.error} retry={() => void users.refetch()} />
      <VirtualTable
        label={t("common:pages.users")}
        rows={rows}
        rowKey={(user) => user.username}
        onEnd={onEnd}
        isLoading={users.isFetching}
        columns={[
          { key: "name", title: t("name"), grow: 3, render: (user) => user.username },
          {
            key: "role",
            title: t("role"),
            grow: 3,
            render: (user) => (
              <>
                {t(`common:roles.${user.role}` as never)}
                {user.student_id && (
                  <Text span c="dimmed">
                    {" "}
                    {user.student_id}
                  </Text>
                )}
              </>
            ),
          },
          { key: "since", title: t("since"), grow: 2, wideOnly: true, render: (user) => times.date(user.created_at) },
          {
            key: "state",
            title: t("state"),
            grow: 3,
            render: (user) => (
              <Badge variant="light" color={user.disabled ? "red" : "green"}>
                {t(user.disabled ? "disabled" : "good")}
              </Badge>
            ),
          },
          {
            key: "actions",
            title: <VisuallyHidden>{t("actions")}</VisuallyHidden>,
            grow: 1.5,
            render: (user) => (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" aria-label={t("actionsOf", { name: user.username })}>
                    <IconDots size={18} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => setRenewing(user)}>{t("newPassword")}</Menu.Item>
                  <Menu.Item onClick={() => logOut.mutate(user)}>{t("logOut")}</Menu.Item>
                  <Menu.Item color={user.disabled ? undefined : "red"} onClick={() => change.mutate({ user, disabled: !user.disabled })}>
                    {t(user.disabled ? "enable" : "disable")}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            ),
          },
        ]}
      />
      <Modal opened={isAdding} onClose={() => setAdding(false)} title={t("add")} closeButtonProps={{ "aria-label": t("common:close") }}>
        <AddUser
          onDone={() => {
            setAdding(false);
            void again();
          }}
        />
      </Modal>
      <Modal
        opened={renewing !== null}
        onClose={() => setRenewing(null)}
        title={t("newPasswordOf", { name: renewing?.username })}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {renewing && <NewPassword user={renewing} onDone={() => setRenewing(null)} />}
      </Modal>
    </Page>
  );
}

function AddUser({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("users");
  const [draft, setDraft, forget] = useDraft("users/add", { username: "", role: "operator", student_id: "" });
  const form = useForm({ initialValues: { ...draft, password: "" }, onValuesChange: ({ password: _, ...rest }) => setDraft(rest) });
  const add = useMutation({
    mutationFn: async () => {
      const { username, password, role, student_id } = form.values;
      await api.POST("/api/v1/users", {
        body: { username, password, role: role as User["role"], student_id: role === "student" ? student_id : null },
      });
    },
    onSuccess: () => {
      forget();
      onDone();
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit(() => add.mutate())}>
      <Stack>
        <TextInput
          label={t("common:username")}
          autoComplete="off"
          autoCapitalize="none"
          required
          data-autofocus
          {...form.getInputProps("username")}
        />
        <Select
          label={t("role")}
          allowDeselect={false}
          {...form.getInputProps("role")}
          data={["operator", "admin", "student", "device"].map((role) => ({
            value: role,
            label: t(`common:roles.${role}` as never) as string,
          }))}
        />
        <Text size="sm" c="dimmed">
          {t(`what.${form.values.role}` as never) as string}
        </Text>
        {form.values.role === "student" && <TextInput label={t("studentId")} required {...form.getInputProps("student_id")} />}
        <Password label={t("common:password")} autoComplete="new-password" {...form.getInputProps("password")} />
        <ProblemAlert error={add.error} />
        <Button type="submit" loading={add.isPending}>
          {t("add")}
        </Button>
      </Stack>
    </form>
  );
}

function NewPassword({ user, onDone }: { user: User; onDone: () => void }) {
  const { t } = useTranslation("users");
  const form = useForm({ initialValues: { password: "" } });
  const change = useMutation({
    mutationFn: () => api.PATCH("/api/v1/users/{username}", { params: { path: { username: user.username } }, body: form.values }),
    onSuccess: onDone,
  });
  return (
    <form onSubmit={form.onSubmit(() => change.mutate())}>
      <Stack>
        <Text size="sm">{t("newPasswordWhat")}</Text>
        <Password label={t("common:password")} autoComplete="new-password" data-autofocus {...form.getInputProps("password")} />
        <ProblemAlert error={change.error} />
        <Button type="submit" loading={change.isPending}>
          {t("common:save")}
        </Button>
      </Stack>
    </form>
  );
}
